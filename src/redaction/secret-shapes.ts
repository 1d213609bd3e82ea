import type { Span } from './spans.ts';

/** Quotes around a name or a value: none, plain, or escaped in a quoted JSON body. */
const QUOTE = String.raw`\\{0,3}["']?`;

/**
 * What is a secret though it was never made known. The parts in look-behind stay, the match goes. A match never takes a
 * double quote or a part of an escape with it, so that JSON stays JSON. Repetitions in look-behind are bounded: a
 * hostile text must not cost seconds.
 */
const ALONE = [
  // A private key in PEM, also in JSON, to the end of its lines.
  String.raw`-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----(?:[\w+/=\s:,.-]|\\+[nrt])*`,
  // An API token, as tk-us-…, and not what is printed in its place.
  String.raw`\btk-[a-z]+-[\w-][^\s"'\\,;&<>]*`,
  // A JWT: header and payload both begin with `{"` (RFC 7519); with or without its signature.
  String.raw`\beyJ[\w-]{4,}(?:\.[\w-]*){1,2}`,
  // A key id of AWS, long-lived or temporary, and of Scaleway.
  String.raw`\b(?:AKIA|ASIA)[A-Z0-9]{16}\b`,
  String.raw`\b(?-i:(?:AKIA|ASIA|SCW)[A-Z0-9]{12,})`,
  // A password in a URL's authority. The user ends at the first colon, and so does the search.
  String.raw`(?<=:\/\/)[^\s/?#@:"'\\]*:[^\s/?#@"'\\]+(?=@)`,
];

/** What the words before it say is one. */
const NAMED = [
  // A header's credentials (RFC 6750, RFC 7617). Words of a sentence are short, with no digit and no symbol in them.
  String.raw`(?<=\b(?:bearer|basic)\s{1,4})(?=[a-z]*[\d._~+/=-]|[a-z]{20})[\w.~+/=-]{6,}`,
  // Parameters that carry authority, in a URL, in one that is itself encoded, or in a form; not the mask of one.
  String.raw`(?<=(?:\b|\\u0026|&amp;|%3f|%26)(?:[a-z_-]*token|x-amz-(?:signature|credential)|signature|sig|awsaccesskeyid|api_?key|secret|password)(?:=|%3d))(?!(?:tk-us-)?\*\*\*)[^&\s"'<>\\#,;]+`,
  // Fields and settings by name, in JSON, in quoted JSON, and as a shell writes them.
  String.raw`(?<=["'](?:secret_?access_?key|aws_secret_access_key|session_?token|api_?token|bearer_?token|(?:access_?|refresh_?)?token|password|authorization|x-amz-security-token)${QUOTE}\s{0,4}:\s{0,4}${QUOTE}(?<=["']))[^"'\\\s]+`,
  String.raw`(?<=(?:\b|_)(?:secret_access_key|session_token|api_token|bearer_token)=)[^\s"'\\,;]+`,
];

/** In a text that is no JSON: all that stands before a URL's host. */
const USER_INFO = String.raw`(?<=\/\/)[^/\s@]*(?=@)`;

/** What may be one, in a value that is refused: it may as well be a key in the wrong place. */
const LIKELY = [
  String.raw`\beyJ[\w-]{4,}`,
  // A bare UUID is a Scaleway secret key; with `ad-` before it, it is the id of a database.
  String.raw`(?<!ad-)\b(?i:[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})\b`,
  String.raw`(?<=\?)[^\s#"]+`,
  // AWS secret keys are 40 characters of base64; other long runs count without `/`, which paths have too.
  String.raw`(?<![\w+/=.-])(?=[a-z0-9+/]*[A-Z])(?=[A-Z0-9+/]*[a-z])[A-Za-z0-9+/]{40}(?![\w+/=.-])`,
  String.raw`(?=[a-z0-9+=]*[A-Z])(?=[A-Z0-9+=]*[a-z])(?=[A-Za-z+=]*\d)[A-Za-z0-9+=]{32,}`,
];

const IN_JSON = new RegExp([...ALONE, ...NAMED].join('|'), 'gi');
const IN_TEXT = [IN_JSON, new RegExp(USER_INFO, 'g')];
const IN_REFUSED = [...IN_TEXT, ...LIKELY.map((shape) => new RegExp(shape, 'g'))];
const BY_ITSELF = new RegExp([...ALONE, USER_INFO].join('|'), 'gi');

/** A cheap look before the dear one: no shape of `IN_JSON` is in a text without one of these. */
const WORTH_A_LOOK =
  /tk-|eyJ|AKIA|ASIA|SCW|bearer|basic|token|signature|credential|sig=|sig%3d|key|secret|password|authorization|:\/\//i;

/** What looks like a secret in a line of JSON. */
export function shapesInJson(text: string): Span[] {
  return WORTH_A_LOOK.test(text) ? matches(text, [IN_JSON]) : [];
}

/** What looks like a secret in any other text. */
export function shapesInText(text: string): Span[] {
  return matches(text, IN_TEXT);
}

/** What may be a secret in a value that is refused: too much, if in doubt. */
export function shapesInRefused(text: string): Span[] {
  return matches(text, IN_REFUSED);
}

/** What is a secret by its shape alone, whatever stands before it. */
export function shapesByThemselves(text: string): Span[] {
  return matches(text, [BY_ITSELF]);
}

function matches(text: string, shapes: readonly RegExp[]): Span[] {
  return shapes.flatMap((shape) =>
    [...text.matchAll(shape)].map(({ 0: match, index }): Span => [index, index + match.length]),
  );
}
