/** `X-Request-Id` where it is one: it goes into every failure and must not carry surprises. */
export function requestIdOf(header: string | string[] | undefined): string | undefined {
  return typeof header === 'string' && /^[\w.:/+=@-]{1,128}$/.test(header) ? header : undefined;
}
