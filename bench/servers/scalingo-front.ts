import type { ArchiveSource } from '../../sandbox/archive/archive-source.ts';
import { answer } from '../../sandbox/scalingo/fault.ts';
import type { SimulatedDatabase } from '../../sandbox/scalingo/simulated-database.ts';
import { SimulatedScalingo } from '../../sandbox/scalingo/simulated-scalingo.ts';

/**
 * Scalingo's own part in front of the source: the sandbox answers every call but the archive's link, which
 * leads to wherever the bench has the bytes served.
 */
export class ScalingoFront implements AsyncDisposable {
  readonly #scalingo: SimulatedScalingo;
  readonly #database: SimulatedDatabase;
  readonly #servesItself: boolean;
  #link = '';

  private constructor(scalingo: SimulatedScalingo, database: SimulatedDatabase, servesItself: boolean) {
    this.#scalingo = scalingo;
    this.#database = database;
    this.#servesItself = servesItself;
    if (servesItself) return;
    scalingo.intercept = ({ operation }) =>
      operation === 'archive' ? answer(200, { download_url: this.#link }) : undefined;
  }

  static async start(): Promise<ScalingoFront> {
    const scalingo = await SimulatedScalingo.start();
    return new ScalingoFront(scalingo, scalingo.addDatabase({ app: 'shop' }), false);
  }

  /** A Scalingo that serves the archives of this database itself. */
  static of(scalingo: SimulatedScalingo, database: SimulatedDatabase): ScalingoFront {
    return new ScalingoFront(scalingo, database, true);
  }

  /** The database has one backup from now on: of `size` bytes, behind `link`. */
  offer(link: string, size: number): void {
    if (this.#servesItself) return;
    this.#link = link;
    for (const { id } of [...this.#database.backups]) this.#database.removeBackup(id);
    this.#database.addBackup({ archive: elsewhere(size) });
  }

  /** What points backup-archiver at that backup. */
  environment(): Record<string, string> {
    return {
      ...this.#scalingo.environment(),
      DATABASE_NAME: 'shop',
      SCALINGO_APP: this.#database.app,
      DATABASE_ID: this.#database.id,
      BACKUP_MODE: 'latest',
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#scalingo.close();
  }
}

/** An archive that the sandbox knows the size of, and never serves. */
function elsewhere(size: number): ArchiveSource {
  const read = (): never => {
    throw new Error('the archive is served by another server');
  };
  return { size, validator: 'elsewhere', read };
}
