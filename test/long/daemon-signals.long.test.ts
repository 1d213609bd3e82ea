import { signalSuite } from '../e2e/signal-suite.ts';

signalSuite('daemon');
