interface ValidatorHeaders {
  readonly etag?: string | undefined;
  readonly date?: string | undefined;
  readonly 'last-modified'?: string | undefined;
}

/** The `ETag` of a response where it is a strong one (RFC 9110 §8.8.3). */
export function contentTagOf({ etag }: ValidatorHeaders): string | null {
  return etag !== undefined && /^"[^"]*"$/.test(etag) ? etag : null;
}

/**
 * What `If-Range` may carry (RFC 9110 §13.1.5): a strong ETag, else a `Last-Modified` that is strong by
 * §8.8.2.2, i.e. at least a second older than the response's `Date`. One that is stamped with the time of
 * the response changes at every request and would forbid every resumption.
 */
export function strongValidator(headers: ValidatorHeaders): string | null {
  const etag = contentTagOf(headers);
  if (etag !== null) return etag;
  const { date } = headers;
  const modified = headers['last-modified'];
  if (modified === undefined || date === undefined) return null;
  return Date.parse(date) - Date.parse(modified) >= 1000 ? modified : null;
}
