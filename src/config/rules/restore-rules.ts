import type { ConfigInput } from './input.ts';

/** A schedule of restore tests needs a server to restore to. */
export function checkRestoreTest({ general }: ConfigInput): void {
  const urls = ['restoreTest.postgresqlUrl', 'restoreTest.mysqlUrl'] as const;
  if (!general.has('restoreTest.cron') || !urls.every((url) => general.lacks(url))) return;
  general.reject(
    'restoreTest.cron',
    'is given without a server to restore to; give restoreTest.postgresqlUrl (RESTORE_TEST_POSTGRESQL_URL) or restoreTest.mysqlUrl (RESTORE_TEST_MYSQL_URL)',
  );
}
