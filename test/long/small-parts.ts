// Loaded into the program by `--import`: parts of 16 KiB, which no S3 takes and the sandbox's can be told to. So
// 10,000 of them are an archive of 156 MiB, and everything else is the program's own.
import { S3ArchiveStore } from '../../src/stores/s3/s3-archive-store.ts';

S3ArchiveStore.prototype.layoutFor = () => ({ partSize: 16 * 2 ** 10, concurrency: 8 });
