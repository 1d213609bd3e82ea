/** Characters handed over at once. */
const PIECE = 64 * 1024;

/**
 * Takes a piece of what was asked for, whole lines.
 * @returns whether it was written, or its reader has seen enough; the signal ends the wait for the reader
 */
export type Print = (text: string, signal?: AbortSignal) => Promise<boolean>;

/**
 * Hands on a long text in pieces of whole lines, so that neither side has to hold all of it.
 * @param lines each with its line end
 * @returns whether all of it was taken
 */
export async function printInPieces(
  lines: Iterable<string>,
  print: Print,
  signal: AbortSignal,
): Promise<boolean> {
  let piece = '';
  for (const line of lines) {
    piece += line;
    if (piece.length < PIECE) continue;
    if (!(await print(piece, signal))) return false;
    piece = '';
  }
  return piece === '' || print(piece, signal);
}
