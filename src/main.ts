import { main } from './cli/main.ts';
import { endInTime } from './process/end-in-time.ts';
import { ensureHome, keepHeapSmall } from './process/node-runtime.ts';
import { settleOutputs } from './process/output.ts';

keepHeapSmall();
ensureHome(process.env);
process.exitCode = await main(process.argv.slice(2), process.env);
// What nothing has read by now is left behind: a CronJob has to end.
if (!(await settleOutputs())) process.exit();
endInTime();
