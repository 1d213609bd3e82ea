import { X509Certificate } from 'node:crypto';
import { resolve } from 'node:path';
import { ConfigError } from '../report/config-error.ts';
import { readBoundedFile } from './bounded-file.ts';
import type { Settings } from './settings.ts';

/** A bundle of all public authorities is a fifth of this. */
const LARGEST_BUNDLE = 1024 * 1024;
const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g;

/** Checks that `s3.caFile` can be read and holds certificates. */
export function checkCaFile(settings: Settings, cwd: string): void {
  const given = settings.text('s3.caFile');
  if (given === undefined) return;
  const file = readBoundedFile(resolve(cwd, given), LARGEST_BUNDLE);
  const why = 'why' in file ? file.why : pemComplaint(file.text);
  if (why !== undefined) {
    settings.reject(
      's3.caFile',
      `${settings.shown('s3.caFile')} cannot be used: ${why}; allowed: a PEM file with certificates`,
    );
  }
}

/**
 * The text of the file that `checkCaFile` has checked.
 * @throws ConfigError where it cannot be read any more: a pipe gives its bytes once
 */
export function readCaFile(path: string): string {
  const file = readBoundedFile(path, LARGEST_BUNDLE, 0);
  if ('text' in file) return file.text;
  throw new ConfigError([`s3.caFile cannot be read a second time: ${file.why}; give a file that stays`]);
}

function pemComplaint(text: string): string | undefined {
  const certificates = text.match(CERTIFICATE) ?? [];
  if (certificates.length === 0) return 'it holds no PEM certificate ("-----BEGIN CERTIFICATE-----")';
  for (const [index, certificate] of certificates.entries()) {
    try {
      new X509Certificate(certificate);
    } catch {
      return `its certificate number ${index + 1} is damaged`;
    }
  }
  return undefined;
}
