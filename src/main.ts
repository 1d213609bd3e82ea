import { main } from './cli/main.ts';
import { endInTime } from './runtime/end-in-time.ts';
import { keepHeapSmall } from './runtime/small-heap.ts';

keepHeapSmall();
process.exitCode = await main(process.argv.slice(2), process.env);
endInTime();
