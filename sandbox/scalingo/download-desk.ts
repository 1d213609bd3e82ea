import type { Call } from './call.ts';
import type { DownloadBehaviour } from './download-behaviour.ts';
import { serveArchive } from './download-service.ts';
import { refusal, type ServiceAnswer, sendAnswer, unknown } from './service-answer.ts';
import type { ServiceState } from './service-state.ts';
import type { SimulatedBackup } from './simulated-backup.ts';

/** Where a redirected download goes on. */
interface Ticket {
  readonly backup: SimulatedBackup;
  readonly behaviour: DownloadBehaviour;
}

/** Checks the links of downloads and has the archive served, at once or behind a redirect. */
export class DownloadDesk {
  readonly #scalingo: ServiceState;
  readonly #tickets = new Map<string, Ticket>();

  constructor(scalingo: ServiceState) {
    this.#scalingo = scalingo;
  }

  /** `GET …/download?token=…`. */
  async answerLink(call: Call): Promise<void> {
    const { database, route, query } = call;
    const backup = database?.backup(route.backupId ?? '');
    const refused = bearerRefusal(call);
    if (refused !== undefined) return refuse(call, refused);
    if (database === undefined || backup === undefined) return refuse(call, unknown('backup'));
    const state = this.#scalingo.credentials.useLink(query.get('token') ?? '', backup.id);
    if (state !== 'valid') {
      return refuse(call, refusal(database.links.refusedStatus, `the link is ${state}`));
    }
    const { redirect, ...behaviour } = database.takeDownload();
    if (redirect === undefined) return this.#serve(call, backup, behaviour);
    const signature = this.#scalingo.credentials.issueOther();
    this.#tickets.set(signature, { backup, behaviour });
    const origin = redirect === 'cross-origin' ? this.#scalingo.storageUrl : this.#scalingo.databaseApiUrl;
    call.record.status = 302;
    call.response.writeHead(302, {
      Location: `${origin}/objects/${backup.id}?signature=${signature}`,
      'Content-Length': '0',
    });
    call.response.end();
  }

  /** `GET /objects/…?signature=…`, the other end of a redirect. */
  async answerObject(call: Call): Promise<void> {
    const refused = bearerRefusal(call);
    if (refused !== undefined) return refuse(call, refused);
    const ticket = this.#tickets.get(call.query.get('signature') ?? '');
    if (ticket === undefined || ticket.backup.id !== call.route.backupId) {
      return refuse(call, refusal(403, 'SignatureDoesNotMatch'));
    }
    return this.#serve(call, ticket.backup, ticket.behaviour);
  }

  async #serve(call: Call, backup: SimulatedBackup, behaviour: DownloadBehaviour): Promise<void> {
    const scalingo = this.#scalingo;
    scalingo.activeDownloads += 1;
    scalingo.peakDownloads = Math.max(scalingo.peakDownloads, scalingo.activeDownloads);
    try {
      await serveArchive(call, backup, behaviour, (bytes) => {
        call.record.bytesSent += bytes;
        scalingo.served.add(bytes);
      });
    } finally {
      scalingo.activeDownloads -= 1;
    }
  }
}

/** A link carries its own authority: with a bearer beside it the storage refuses, as S3 does. */
function bearerRefusal({ request }: Call): ServiceAnswer | undefined {
  if (request.headers.authorization === undefined) return undefined;
  return refusal(400, 'only one authentication mechanism is allowed');
}

function refuse(call: Call, answer: ServiceAnswer): void {
  call.record.status = answer.status;
  sendAnswer(call.response, answer);
}
