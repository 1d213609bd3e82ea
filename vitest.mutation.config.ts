import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';
import './test/support/compile-cache.ts';

/** A mutant that is killed needs no further test: the tables come before the properties, which take longest. */
class TablesFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const isProperty = ({ moduleId }: TestSpecification) => moduleId.endsWith('.property.test.ts');
    return [...files.filter((file) => !isProperty(file)), ...files.filter(isProperty)];
  }
}

/** The tests that judge the mutants of `stryker.config.json`: fast ones, without processes and without servers. */
export default defineConfig({
  test: {
    include: [
      'test/{model,integrity,retention}/**/*.test.ts',
      'test/run/{choose-work,lease,resume-upload,discard-hopeless}*.test.ts',
    ],
    // It is about time, of which there is less beside another test.
    exclude: ['test/retention/many-archives.test.ts'],
    setupFiles: ['test/support/short-properties.ts'],
    sequence: { sequencer: TablesFirst },
    // A mutant that makes a test wait for ever fails it soon, and needs no new worker.
    testTimeout: 8_000,
  },
});
