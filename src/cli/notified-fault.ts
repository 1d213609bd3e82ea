import type { ArchiverError } from '../model/errors.ts';
import type { ReportedFault } from '../observability/notify/fault-report.ts';

/** What notifications say of an error. */
export function faultOf(database: string, { code, message, hint }: ArchiverError): ReportedFault {
  return { database, code, message, hint };
}
