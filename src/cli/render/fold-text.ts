/** What stands before the words: of the first line, and of those below it. */
interface Margins {
  readonly first?: string;
  readonly below?: string;
}

/** Of the lines below another one. */
export const INDENT = '    ';

/** Text in lines of at most `width` characters, cut at spaces; a longer word has a line of its own. */
export function foldText(
  text: string,
  width: number | undefined,
  { first = '', below = INDENT }: Margins = {},
): string {
  const room = width ?? Number.POSITIVE_INFINITY;
  const [word = '', ...words] = text.split(' ');
  const lines = [first + word];
  for (const each of words) {
    const longer = `${lines.at(-1)} ${each}`;
    if (longer.length <= room) lines[lines.length - 1] = longer;
    else lines.push(below + each);
  }
  return lines.join('\n');
}
