import type { ErrorCode } from '../../../model/error-codes.ts';

/** What a call is for: the same status means another thing on each. */
export type CallKind = 'exchange' | 'addon-token' | 'database' | 'create' | 'link' | 'archive';

interface Refusal {
  readonly code: ErrorCode;
  readonly kind: CallKind;
  readonly status: number;
  readonly renewable: boolean;
}

const WRONG_ADDON =
  'Check the application name and the addon id: `scalingo --app APP addons` shows it as ad-… (today "ad-" and a UUID, as ad-11111111-2222-4333-8444-555555555555); the 24-hex database id is another.';

/** What a person can do about a refusal; `undefined` where the service's own words are all there is. */
export function hintFor({ code, kind, status, renewable }: Refusal): string | undefined {
  if (code === 'scalingo.backup_running')
    return 'Wait for the backup that is running: it can be archived too.';
  if (status >= 500) {
    return "This is a fault at Scalingo's: if it lasts, see its status page and quote the request id to its support.";
  }
  if (status >= 300 && status < 400) return 'Check the configured URL: its scheme and its host.';
  switch (status) {
    case 401:
      return unauthorized(kind, renewable);
    case 402:
      return "Scalingo asks for the account's billing to be put in order (payment method, end of the trial).";
    case 403:
      return 'The account behind the token may not do this: a limited collaborator can neither create nor download backups. Use the token of the owner or of a full collaborator.';
    case 404:
    case 410:
      return kind === 'link'
        ? `The backup may have been deleted meanwhile. Otherwise: ${WRONG_ADDON}`
        : kind === 'exchange'
          ? 'Check scalingo.authUrl: no token exchange answers there.'
          : kind === 'addon-token'
            ? `${WRONG_ADDON} An application of another region is not known: check scalingo.region (SCALINGO_REGION).`
            : WRONG_ADDON;
    case 429:
      return 'Too many requests: something else may be using the same account. Run fewer databases at once or poll less often.';
    default:
      return undefined;
  }
}

function unauthorized(kind: CallKind, renewable: boolean): string {
  if (kind === 'exchange') {
    return 'Scalingo does not accept the API token: it is mistyped, revoked or of another region. Make a new one in the dashboard and set SCALINGO_API_TOKEN.';
  }
  if (!renewable) {
    return 'The ready token was refused: it has expired (it lasts an hour) or is of another addon. Set a new DB_BEARER_TOKEN, or SCALINGO_API_TOKEN instead, which renews its tokens itself.';
  }
  return 'A token issued a moment ago was refused: check that authUrl, apiUrl and databaseApiUrl belong to one region, and that the API token was not revoked.';
}
