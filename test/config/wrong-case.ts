import { expect, test } from 'vitest';
import { BEARER_CANARY, CANARIES, problemsOf, type Situation } from './workspace.ts';

/** A wrong configuration, and all the lines that it must give: in full, or a pattern for the whole line. */
export interface WrongCase extends Situation {
  readonly name: string;
  readonly lines: readonly (string | RegExp)[];
  /** Further texts that no line may hold. */
  readonly hidden?: readonly string[];
}

/** Tests every case: no line more, none less, one line each, and nothing secret in any. */
export function testWrongCases(cases: readonly WrongCase[]): void {
  test.each(cases)('$name', ({ lines, hidden = [], ...situation }) => {
    const problems = problemsOf(situation);
    expect(problems).toHaveLength(lines.length);
    for (const [index, line] of lines.entries()) {
      if (typeof line === 'string') expect(problems[index]).toBe(line);
      else expect(problems[index]).toMatch(line);
    }
    const output = problems.join('\n');
    expect(problems.every((problem) => !/[\r\n]/.test(problem))).toBe(true);
    for (const secret of [...Object.values(CANARIES), BEARER_CANARY, ...hidden])
      expect(output).not.toContain(secret);
  });
}
