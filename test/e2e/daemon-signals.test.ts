import { signalSuite } from './signal-suite.ts';

signalSuite('daemon');
