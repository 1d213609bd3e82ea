import { SourceError, StoreError } from '../../src/model/errors.ts';
import type { RunFacts } from './model.ts';
import { NEVER, type SimulatedProcess } from './simulated-process.ts';
import { drawFate, type Fate } from './weather.ts';
import type { Mishap, PortCall, Wire } from './wire.ts';
import type { World } from './world.ts';

/** A call whose signal is aborted may still arrive, if it needs no longer than this, in milliseconds. */
const LINGERS = 3_000;

interface Trip {
  readonly fate: Fate | undefined;
  /** Milliseconds. */
  readonly travel: number;
  readonly back: number;
}

/** The wire between one process and the other sides, on which everything happens that can. */
export class FaultyWire implements Wire {
  readonly #world: World;
  readonly #process: SimulatedProcess;
  readonly #run: RunFacts | undefined;

  /** @param run of which the calls are; `undefined` for those of a process outside of its runs */
  constructor(world: World, process: SimulatedProcess, run?: RunFacts) {
    this.#world = world;
    this.#process = process;
    this.#run = run;
  }

  call<Result>(
    call: PortCall,
    effect: () => Result,
    signal: AbortSignal,
    lost: (wasSent: boolean) => Error = () => networkError(call),
  ): Promise<Result> {
    const process = this.#process;
    if (!process.isAlive) return NEVER;
    if (signal.aborted) return Promise.reject(signal.reason);
    process.isComputing = false;
    const { time } = this.#world;
    const { fate, travel, back } = this.#draw(call);
    this.#world.note(process, call, fate);
    const issuedAt = time.now;
    return new Promise((resolve, reject) => {
      let isOver = false;
      const end = (how: () => void) => {
        if (isOver) return;
        isOver = true;
        signal.removeEventListener('abort', onAbort);
        how();
      };
      const onAbort = () => end(() => reject(signal.reason));
      signal.addEventListener('abort', onAbort, { once: true });
      const respond = (how: () => void) => {
        if (fate === 'killed after') process.kill();
        process.deliver(time.now + back, 'response', () => end(how));
      };
      time.at(time.now + travel, () => {
        if ((isOver || !process.isAlive) && travel > LINGERS) return;
        if (fate === 'lost before') {
          const wasSent = time.random() < 0.5;
          respond(() => reject(lost(wasSent)));
          return;
        }
        try {
          const result = this.#world.model.during(this.#run, call, issuedAt, effect);
          respond(() => (fate === 'lost after' ? reject(lost(true)) : resolve(result)));
        } catch (error) {
          respond(() => reject(error));
        }
      });
      if (fate === 'killed before') process.kill();
      if (fate === 'frozen') process.freeze(1_000 + time.random() * 90_000);
    });
  }

  chance(what: Mishap): boolean {
    const share = this.#world.weather.mishaps[what];
    const happens = share > 0 && this.#world.time.random() < share;
    if (happens) this.#world.disturb();
    if (what === 'doubtful listing' && this.#run !== undefined) this.#run.hasDoubt = happens;
    return happens;
  }

  computes(): void {
    if (this.#process.isAlive) this.#process.isComputing = true;
  }

  #draw({ side }: PortCall): Trip {
    const { time, weather } = this.#world;
    const { random } = time;
    const travel = 1 + random() * 40;
    const back = random() < 0.7 ? 0 : random() * 40;
    const { outage } = weather;
    if (outage?.side === side && time.now >= outage.from && time.now < outage.until) {
      this.#world.disturb();
      return { fate: 'lost before', travel, back };
    }
    if (weather.share === 0 || random() >= weather.share) return { fate: undefined, travel, back };
    this.#world.disturb();
    const fate = drawFate(random, weather);
    if (fate !== 'late') return { fate, travel, back };
    const isWay = random() < 0.5;
    const long = random() * 20_000;
    return { fate, travel: isWay ? long : travel, back: isWay ? back : long };
  }
}

function networkError({ side, name }: PortCall): Error {
  const options = { operation: name, retryable: true };
  return side === 'store'
    ? new StoreError('s3.network', `${name}: the connection broke`, options)
    : new SourceError('scalingo.network', `${name}: the connection broke`, options);
}
