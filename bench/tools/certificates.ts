import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { requireOnPath, runTool } from './run-tool.ts';

/** PEM files of a certificate authority that nobody knows, and of a server on this machine that it vouches for. */
export interface Certificates {
  readonly caFile: string;
  readonly keyFile: string;
  readonly certificateFile: string;
}

/** Makes them with openssl; ECDSA on P-256, as public servers have nowadays. */
export async function makeCertificates(folder: string): Promise<Certificates> {
  const openssl = requireOnPath('openssl', 'openssl');
  const path = (name: string) => join(folder, name);
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  const caFile = path('ca.pem');
  const keyFile = path('server-key.pem');
  const certificateFile = path('server.pem');
  const ca = ['-x509', '-days', '30', '-subj', '/CN=bench authority', '-addext', 'keyUsage=keyCertSign'];
  await runTool(openssl, ['req', ...ca, ...newKey, '-keyout', path('ca-key.pem'), '-out', caFile]);
  const request = path('server.csr');
  await runTool(openssl, ['req', '-subj', '/CN=localhost', ...newKey, '-keyout', keyFile, '-out', request]);
  writeFileSync(
    path('names.cnf'),
    'subjectAltName=IP:127.0.0.1,DNS:localhost\nextendedKeyUsage=serverAuth\n',
  );
  const signing = ['-CA', caFile, '-CAkey', path('ca-key.pem'), '-CAcreateserial', '-days', '30'];
  const extensions = ['-extfile', path('names.cnf')];
  await runTool(openssl, [
    'x509',
    '-req',
    '-in',
    request,
    ...signing,
    ...extensions,
    '-out',
    certificateFile,
  ]);
  return { caFile, keyFile, certificateFile };
}
