import { seededRandom } from '../../support/seeded-random.ts';
import { difference, type Reading, readByNode, readByOurs } from './both-parsers.ts';
import { OddResponses } from './odd-responses.ts';

export interface Compared {
  readonly inputs: number;
  /** Of them: read by both, broken for both, and left to got. */
  readonly counts: Readonly<Record<Reading['kind'], number>>;
  /** Where the two differ, with the input. */
  readonly differences: readonly string[];
}

export interface CompareOptions {
  readonly seed: number;
  readonly inputs: number;
  /** Milliseconds after which no further input is begun. */
  readonly budget: number;
}

/**
 * Gives both readers the same bytes: Node's whole, ours whole, a byte at a time, and in two pieces that are cut at a
 * place which moves from input to input; each `everyCut`th input is cut in two at every place.
 */
export async function compareWithNode(
  { seed, inputs, budget }: CompareOptions,
  everyCut = 50,
): Promise<Compared> {
  const responses = new OddResponses(seededRandom(seed));
  const counts = { read: 0, broken: 0, refused: 0, left: 0 };
  const differences: string[] = [];
  const end = performance.now() + budget;
  let done = 0;
  for (; done < inputs && performance.now() < end && differences.length < 10; done++) {
    const bytes = responses.next();
    const node = await readByNode(bytes);
    for (const [at, pieces] of splitsOf(bytes, done, everyCut).entries()) {
      const ours = await readByOurs(pieces);
      if (at === 0) counts[ours.kind] += 1;
      const found = difference(ours, node);
      if (found === undefined) continue;
      differences.push(`${found}, in ${pieces.length} pieces: ${JSON.stringify(bytes.toString('latin1'))}`);
      break;
    }
  }
  return { inputs: done, counts, differences };
}

function splitsOf(bytes: Buffer, number: number, everyCut: number): Buffer[][] {
  const cut = (at: number) => [bytes.subarray(0, at), bytes.subarray(at)].filter(({ length }) => length > 0);
  const places = Array.from({ length: Math.max(bytes.length - 1, 0) }, (_, at) => at + 1);
  const cuts = number % everyCut === 0 ? places : places.slice(number % (places.length || 1)).slice(0, 1);
  return [[bytes], Array.from(bytes, (_, at) => bytes.subarray(at, at + 1)), ...cuts.map(cut)];
}
