import { S3Client } from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import got from 'got';

// What one writes who needs this in an afternoon: got's stream as the body of lib-storage's `Upload`, both at
// their defaults. `node bench/peers/default-upload.ts SOURCE ENDPOINT BUCKET KEY`, credentials by environment.

const [source = '', endpoint = '', bucket = '', key = ''] = process.argv.slice(2);
const client = new S3Client({ endpoint, forcePathStyle: true });
await new Upload({ client, params: { Bucket: bucket, Key: key, Body: got.stream(source) } }).done();
