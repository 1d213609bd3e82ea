import { signalSuite } from './signal-suite.ts';

signalSuite('run');
