/** Characters handed over at once. */
const PIECE = 64 * 1024;

/**
 * Hands on a long answer in pieces of whole lines, so that neither side has to hold all of it.
 * @param lines each with its line end
 */
export function answerInPieces(lines: Iterable<string>, answer: (text: string) => void): void {
  let piece = '';
  for (const line of lines) {
    piece += line;
    if (piece.length < PIECE) continue;
    answer(piece);
    piece = '';
  }
  if (piece !== '') answer(piece);
}
