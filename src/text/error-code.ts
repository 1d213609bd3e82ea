/** The code of a system's error, as `ENOSPC`; of another its words. */
export function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : String(error);
}
