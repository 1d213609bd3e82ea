/** A name of a query parameter that says what its value is. */
const SAYS_SECRET = /token|sig|secret|key|credential|pass|auth|code|ticket|jwt/i;
/** What signed URLs say openly (https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html). */
const SAYS_OPEN = /^(x-amz-(algorithm|date|expires|signedheaders)|x-id|response-.*|expires?|file(name)?)$/i;
/** A backup's id (24 hexadecimal digits), a database's (`ad-` and a UUID), a number, a time. */
const OPEN_VALUE =
  /^([\da-f]{24}|(ad-)?[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}|\d{1,17}|\d{8}T\d{6}Z|\d{4}-\d\d-.*)$/i;

const SHORTEST_VALUE = 12;
const SHORTEST_SEGMENT = 20;

/**
 * What of a link is secret by itself: the whole, its user info, its query and the values in it, and what of its path
 * looks like a credential. Ids of backups and databases are none: they stand in every line of the log.
 * @param open what may stand in it and is no secret
 */
export function secretsOfLink(link: string, open: readonly string[] = []): string[] {
  if (!URL.canParse(link)) return [link];
  const { href, search, searchParams, username, password, pathname } = new URL(link);
  const isOpen = (value: string) => open.includes(value) || OPEN_VALUE.test(value);
  const values = [...searchParams].filter(([name, value]) => {
    if (SAYS_SECRET.test(name)) return !open.includes(value);
    return !SAYS_OPEN.test(name) && !isOpen(value) && isMixed(value) && value.length >= SHORTEST_VALUE;
  });
  const segments = pathname.split('/').filter((segment) => !isOpen(segment) && looksRandom(segment));
  const hasQuery = search.length > 1;
  return [
    ...(hasQuery || username !== '' || segments.length > 0 ? [link, href] : []),
    ...(hasQuery ? [search.slice(1)] : []),
    ...values.map(([, value]) => value),
    ...segments,
    username,
    password,
  ].filter((secret) => secret !== '');
}

function isMixed(text: string): boolean {
  return /\d/.test(text) && /[a-z]/i.test(text);
}

/** Letters and digits that change places as in no word, and no file's name (`20180902010000_shop-3938.tar.gz`). */
function looksRandom(segment: string): boolean {
  if (segment.length < SHORTEST_SEGMENT || /\.[a-z\d]{1,5}$/i.test(segment) || /^\d{8}/.test(segment))
    return false;
  return (segment.match(/[a-z](?=\d)|\d(?=[a-z])/gi)?.length ?? 0) >= 4;
}
