import { main } from './cli/main.ts';
import { keepHeapSmall } from './runtime/small-heap.ts';

keepHeapSmall();
process.exitCode = await main(process.argv.slice(2), process.env);
