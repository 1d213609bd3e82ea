/** What failed, and what a person can do about it: two sentences in one line. */
export function withHint({
  message,
  hint,
}: {
  readonly message: string;
  readonly hint?: string | undefined;
}): string {
  if (hint === undefined) return message;
  return `${message}${/[.?!]$/.test(message) ? '' : '.'} ${hint}`;
}
