import fc from 'fast-check';

// Set up by vitest.mutation.config.ts: a mutant that a property finds is found by its first runs.
fc.configureGlobal({ interruptAfterTimeLimit: 1000 });
