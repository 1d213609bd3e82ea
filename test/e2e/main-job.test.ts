import { describe } from 'vitest';
import { startSimulatedStore } from '../support/simulated-store.ts';
import { mainJobSuite } from './main-job-suite.ts';

describe("the main job on the sandbox's store", () => {
  mainJobSuite(async () => {
    const simulated = await startSimulatedStore();
    return { store: simulated.address, close: () => simulated.close() };
  });
});
