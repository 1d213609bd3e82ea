import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { GroupProcess } from '../run/group-process.ts';
import { installNginx } from '../tools/nginx-tool.ts';
import { firstLine, onPath, runTool } from '../tools/run-tool.ts';
import { type FreePorts, freePorts } from './free-ports.ts';

export interface NginxOptions {
  /** Where its configuration and its temporary files go. */
  readonly folder: string;
  /** The folder whose files it serves. */
  readonly files: string;
  readonly tls: { readonly keyFile: string; readonly certificateFile: string } | undefined;
}

/** nginx, serving the files of one folder from the page cache, over HTTP and, where asked, HTTPS. */
export class NginxSource implements AsyncDisposable {
  readonly #process: GroupProcess;
  readonly #ports: FreePorts;
  /** As nginx tells it. */
  readonly version: string;

  private constructor(process: GroupProcess, ports: FreePorts, version: string) {
    this.#process = process;
    this.#ports = ports;
    this.version = version;
  }

  /** @throws Error with its output when it does not answer within ten seconds */
  static async start(options: NginxOptions): Promise<NginxSource> {
    const program = await installNginx();
    const version = firstLine(await runTool(program, ['-v']));
    const ports = await freePorts();
    mkdirSync(join(options.folder, 'nginx'), { recursive: true });
    const file = join(options.folder, 'nginx.conf');
    writeFileSync(file, configuration(options, ports));
    const [command, ...args] = endingWithUs([program, '-e', 'stderr', '-c', file]);
    const process = new GroupProcess(command, args);
    const source = new NginxSource(process, ports, version);
    try {
      await source.#answers();
    } catch (error) {
      await process[Symbol.asyncDispose]();
      throw error;
    }
    return source;
  }

  get pid(): number {
    return this.#process.pid;
  }

  /**
   * Where a file of the folder is served.
   * @param ranges false: the whole file is the response to every request, and nothing says that it could be cut
   */
  url(file: string, { tls, ranges }: { tls: boolean; ranges: boolean }): string {
    const origin = tls ? `https://127.0.0.1:${this.#ports.https}` : `http://127.0.0.1:${this.#ports.http}`;
    return `${origin}/${ranges ? 'ranges' : 'whole'}/${file}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#process[Symbol.asyncDispose]();
  }

  async #answers(): Promise<void> {
    for (let attempt = 0; attempt < 100; attempt += 1) {
      const answered = await fetch(`http://127.0.0.1:${this.#ports.http}/ready`).then(
        (response) => response.ok,
        () => false,
      );
      if (answered) return;
      await delay(100);
    }
    throw new Error(`nginx does not answer:\n${this.#process.stderr}`);
  }
}

/** A bench that is killed must not leave a server behind; what it starts in Node sees to that by itself. */
function endingWithUs(command: [string, ...string[]]): [string, ...string[]] {
  const setpriv = onPath('setpriv');
  return setpriv === undefined ? command : [setpriv, '--pdeathsig', 'TERM', ...command];
}

function configuration({ folder, files, tls }: NginxOptions, ports: FreePorts): string {
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (name) => `  ${name}_temp_path ${join(folder, 'nginx', name)};`,
  );
  const secure = tls && [
    `    listen 127.0.0.1:${ports.https} ssl;`,
    `    ssl_certificate ${tls.certificateFile};`,
    `    ssl_certificate_key ${tls.keyFile};`,
    '    ssl_protocols TLSv1.2 TLSv1.3;',
  ];
  return [
    'daemon off;',
    // Its workers would give up root's rights, and with them the right to read the cache.
    ...(process.getuid?.() === 0 ? ['user root root;'] : []),
    'worker_processes auto;',
    `pid ${join(folder, 'nginx.pid')};`,
    'events { worker_connections 1024; }',
    'http {',
    '  access_log off;',
    '  sendfile on;',
    '  keepalive_requests 1000000;',
    '  keepalive_timeout 600s;',
    '  default_type application/gzip;',
    ...temporary,
    '  server {',
    `    listen 127.0.0.1:${ports.http};`,
    ...(secure ?? []),
    '    location = /ready { return 204; }',
    `    location /ranges/ { alias ${files}/; }`,
    `    location /whole/ { alias ${files}/; max_ranges 0; }`,
    '  }',
    '}',
    '',
  ].join('\n');
}
