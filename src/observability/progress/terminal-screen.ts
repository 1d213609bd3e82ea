import { Writable } from 'node:stream';
import cliProgress from 'cli-progress';
import type { Weight } from '../../process/descriptor-writer.ts';
import type { Output } from '../../process/output.ts';
import { type BarState, formatBar } from './terminal-bar.ts';

const CLEAR_BELOW = '\x1b[J';
const FRAMES_A_SECOND = 10;

/**
 * One terminal for the log and the bars: log lines scroll past above, bars stay below. Whatever is printed
 * while a bar stands must come through here, or the bar's next frame is drawn over it.
 */
export class TerminalScreen {
  readonly #output: Output;
  #bars: cliProgress.MultiBar | undefined;
  #shown = 0;
  /** Text that waits for the moment at which the bars are out of its way: within one call of `write`. */
  #above: string[] = [];
  /** The frame that is being drawn: written in one piece, or the terminal flickers. */
  #frame: string | undefined;
  /** Whether that frame has lines of the log above its bars. */
  #hasLines = false;
  readonly #closeAtExit = () => this.close();

  constructor(output: Output) {
    this.#output = output;
  }

  /** Prints whole lines above the bars; they stand on the terminal when it returns, unless it is stopped. */
  write(text: string, weight?: Weight): void {
    if (this.#bars === undefined) {
      this.#output.write(text, weight);
      return;
    }
    this.#above.push(text);
    this.#bars.update();
  }

  /**
   * Adds a bar below the others.
   * @param state asked for each frame
   * @returns removes the bar again; calling it twice does nothing more
   */
  addBar(state: () => BarState): () => void {
    this.#bars ??= this.#open();
    const bars = this.#bars;
    // The bar's numbers are ours, not cli-progress's: it knows neither an unknown total nor a resumed transfer.
    const bar = bars.create(1, 0, { state });
    this.#shown += 1;
    bars.update();
    let removed = false;
    return () => {
      if (removed || this.#bars !== bars) return;
      removed = true;
      this.#shown -= 1;
      bars.remove(bar);
      if (this.#shown === 0) this.close();
      else bars.update();
    };
  }

  /** Takes the bars away, so that what is printed next begins on a clean line. */
  close(): void {
    const bars = this.#bars;
    if (bars === undefined) return;
    this.#bars = undefined;
    this.#shown = 0;
    process.off('exit', this.#closeAtExit);
    bars.stop();
  }

  #open(): cliProgress.MultiBar {
    const bars = new cliProgress.MultiBar({
      stream: this.#stream(),
      fps: FRAMES_A_SECOND,
      format: (_options, _params, payload: { state: () => BarState }) =>
        // One column is left free: a terminal treats a full line in its own way.
        formatBar(payload.state(), this.#output.columns() - 1),
      clearOnComplete: true,
      // A line above moves all bars down: each must be drawn again though its text did not change.
      forceRedraw: true,
      // Neither a hidden cursor nor disabled wrapping: a killed process would leave the terminal so.
      hideCursor: false,
      linewrap: true,
      // Signals are handled in one place, and it is not here.
      gracefulExit: false,
    });
    bars.on('update-pre', () => {
      this.#frame = '';
    });
    // At this point of a frame the cursor stands where the first bar begins.
    bars.on('redraw-pre', () => {
      this.#draw(CLEAR_BELOW + this.#above.join(''));
      this.#hasLines = this.#above.length > 0;
      this.#above = [];
    });
    bars.on('update-post', () => {
      const frame = this.#frame ?? '';
      this.#frame = undefined;
      // A terminal that is stopped (Ctrl-S) is not owed every picture of a bar.
      if (this.#hasLines || !this.#output.isBehind) this.#draw(frame);
      this.#hasLines = false;
    });
    process.on('exit', this.#closeAtExit);
    return bars;
  }

  #draw(text: string): void {
    if (this.#frame === undefined) this.#output.write(text);
    else this.#frame += text;
  }

  /** The output as cli-progress wants it: a terminal's stream, which it writes escape sequences to. */
  #stream(): Writable {
    const output = this.#output;
    const stream = new Writable({ decodeStrings: false });
    // Written past the stream's buffer: frames and log lines must keep their order at every moment.
    const write = (text: string) => {
      this.#draw(text);
      return true;
    };
    return Object.defineProperties(stream, {
      isTTY: { value: true },
      columns: { get: () => output.columns() },
      write: { value: write },
    });
  }
}
