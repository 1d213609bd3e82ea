import { PHASES } from './signal-phases.ts';
import { signalSuite } from './signal-suite.ts';

// test/e2e/daemon-run-signals has all phases of a run, test/long those of the daemon.
signalSuite(
  'daemon',
  PHASES.filter(({ name }) => name === 'copying'),
);
