/** `CHAOS_SEED` gives a failing one again; default: the seed of the day. */
export const SEED = Number(process.env.CHAOS_SEED ?? Math.floor(Date.now() / 86_400_000));
/** Seconds that the counted experiments may take; `CHAOS_BUDGET` says otherwise. What is cut by it says so. */
export const BUDGET = Number(process.env.CHAOS_BUDGET ?? 240);

/** A figure for the report; a failure is of no use without the seed. */
export function figure(text: string, begun: number): void {
  const seconds = ((performance.now() - begun) / 1000).toFixed(0);
  process.stdout.write(`figure: chaos: ${text}; seed ${SEED}, ${seconds} s of ${BUDGET} s\n`);
}

/** @throws what `work` throws, with the seed in its message */
export async function seeded(work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (cause) {
    throw new Error(`CHAOS_SEED=${SEED}: ${String(cause)}`, { cause });
  }
}
