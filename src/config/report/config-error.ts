import { ArchiverError } from '../../model/errors.ts';

/**
 * The configuration cannot be used (`config.invalid`; exit code 2). `problems` holds every mistake that was
 * found, one line each and no secret in them; `message` is the same as a list to print.
 */
export class ConfigError extends ArchiverError {
  override readonly name = 'ConfigError';
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    const count = problems.length === 1 ? 'one problem' : `${problems.length} problems`;
    super(
      'config.invalid',
      `the configuration has ${count}:\n${problems.map((line) => `  - ${line}`).join('\n')}`,
      {
        details: { problems },
      },
    );
    this.problems = problems;
  }
}
