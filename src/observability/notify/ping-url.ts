/**
 * Where a dead-man switch of healthchecks.io's style is called for what
 * (https://healthchecks.io/docs/http_api/): the URL itself for a success, `/start` and `/fail` below it. A query
 * stays where it is.
 */
export function pingUrl(url: string, signal: 'start' | 'success' | 'fail'): string {
  if (signal === 'success') return url;
  const [path = '', ...query] = url.split('?');
  return [`${path.replace(/\/+$/, '')}/${signal}`, ...query].join('?');
}
