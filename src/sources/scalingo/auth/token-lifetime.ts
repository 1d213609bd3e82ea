/** go-scalingo renews this long before `exp`. */
const MARGIN_MS = 5 * 60_000;
/** For a token whose `exp` cannot be read: half of the hour that Scalingo documents. */
const UNKNOWN_LIFETIME_MS = 30 * 60_000;

/** When to renew a token and when it ends, milliseconds since the epoch by our own clock. */
export interface TokenLifetime {
  readonly renewAt: number;
  readonly expiresAt: number;
}

/**
 * Plans the renewal of a JWT just received: five minutes before it ends, or at half its life where that is
 * shorter. The life is counted from the receipt, and taken as `exp` − `iat` where the local clock says
 * that the token had ended before it came.
 */
export function lifetimeOf(token: string, now: number): TokenLifetime {
  const { exp, iat } = claimsOf(token);
  const lifetime = exp === undefined ? undefined : lifetimeMs(exp, iat, now);
  if (lifetime === undefined) {
    return { renewAt: now + UNKNOWN_LIFETIME_MS, expiresAt: now + UNKNOWN_LIFETIME_MS };
  }
  return { renewAt: now + lifetime - Math.min(MARGIN_MS, lifetime / 2), expiresAt: now + lifetime };
}

function lifetimeMs(exp: number, iat: number | undefined, now: number): number | undefined {
  const byOurClock = exp * 1000 - now;
  const byTheirs = iat === undefined ? Number.POSITIVE_INFINITY : (exp - iat) * 1000;
  const lifetime = byOurClock > 0 ? Math.min(byOurClock, byTheirs) : byTheirs;
  return Number.isFinite(lifetime) && lifetime > 0 ? lifetime : undefined;
}

/** `exp` and `iat` in seconds since the epoch (RFC 7519 §4.1), unverified: only the service can judge them. */
function claimsOf(token: string): { exp?: number; iat?: number } {
  const payload = token.split('.')[1];
  if (payload === undefined) return {};
  try {
    const claims: unknown = JSON.parse(Buffer.from(payload, 'base64url').toString('utf8'));
    if (typeof claims !== 'object' || claims === null) return {};
    const { exp, iat } = claims as Record<string, unknown>;
    return {
      ...(typeof exp === 'number' && Number.isFinite(exp) ? { exp } : {}),
      ...(typeof iat === 'number' && Number.isFinite(iat) ? { iat } : {}),
    };
  } catch {
    return {};
  }
}
