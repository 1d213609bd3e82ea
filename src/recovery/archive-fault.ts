import { type ArchiverError, hasCode, hasKind, IntegrityError } from '../model/errors.ts';

/**
 * Whether an error speaks against the archive: its bytes, or its manifest, are wrong. A store that is away does not, nor
 * does what a later version of this program wrote.
 */
export function isArchiveFault(error: ArchiverError): boolean {
  if (error instanceof IntegrityError) return true;
  return hasCode(error, 'manifest.invalid') && !hasKind(error, 'not-understood');
}
