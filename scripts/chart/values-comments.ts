/** One value of the chart as its README and schema show it. */
export interface DescribedValue {
  /** `image.tag`. */
  readonly path: string;
  readonly description: string;
}

const KEY = /^( *)([A-Za-z][A-Za-z0-9_-]*):/;
const FIRST_LINE = /^ *# -- (.*)$/;
const NEXT_LINE = /^ *# (?!--)(.*)$/;

/**
 * Reads the comments of a `values.yaml`: what stands after `# --`, on this line and the comment's next ones,
 * describes the key that follows.
 */
export function describedValues(text: string): DescribedValue[] {
  const found: DescribedValue[] = [];
  const open: { indent: number; key: string }[] = [];
  let description: string | undefined;
  for (const line of text.split('\n')) {
    const first = FIRST_LINE.exec(line)?.[1];
    const next = NEXT_LINE.exec(line)?.[1];
    const key = KEY.exec(line);
    if (first !== undefined) description = first;
    else if (next !== undefined && description !== undefined) description += ` ${next}`;
    else if (key !== null) {
      const indent = key[1]?.length ?? 0;
      while ((open.at(-1)?.indent ?? -1) >= indent) open.pop();
      open.push({ indent, key: key[2] ?? '' });
      const path = open.map((each) => each.key).join('.');
      if (description !== undefined) found.push({ path, description });
      description = undefined;
    } else description = undefined;
  }
  return found;
}
