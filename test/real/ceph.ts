import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { env } from 'node:process';
import { promisify } from 'node:util';
import { findBinary, launch, type ServerProcess, stop } from '../../sandbox/servers/server-process.ts';
import { freePorts } from './free-ports.ts';
import {
  ACCESS_KEY_ID,
  type RealServer,
  type RealServerOptions,
  SECRET_ACCESS_KEY,
  startWith,
} from './start-server.ts';

/** How to install Ceph's gateway and what it needs. */
export const INSTALL_CEPH = 'apt-get install radosgw ceph-mon ceph-osd ceph-common';

const COMMAND_TIMEOUT_MS = 60_000;

/**
 * Starts Ceph's gateway on the least of a cluster: one monitor, and one OSD that keeps everything in memory
 * (https://docs.ceph.com/en/pacific/install/manual-deployment/).
 * Binaries: on the PATH.
 * @throws Error with the command that installs them when one is missing, or with its output when it does
 *   not become ready within a minute
 */
export async function startCeph(options: RealServerOptions): Promise<RealServer> {
  const [monitor, osd, gateway] = ['ceph-mon', 'ceph-osd', 'radosgw'].map((name) =>
    findBinary('', name, INSTALL_CEPH),
  ) as [string, string, string];
  return startWith(options, async () => {
    const [monitorPort = 0, port = 0] = await freePorts(2);
    const dir = join(options.dir, 'ceph');
    await rm(dir, { recursive: true, force: true });
    for (const folder of ['mon', 'osd', 'rgw']) await mkdir(join(dir, folder), { recursive: true });
    const cluster = randomUUID();
    const config = join(dir, 'ceph.conf');
    await writeFile(config, configOf({ dir, cluster, monitorPort, port }));
    const environment = { ...env, CEPH_CONF: config };
    const run = (command: string, ...args: string[]) =>
      promisify(execFile)(command, args, { env: environment, timeout: COMMAND_TIMEOUT_MS });

    const started: ServerProcess[] = [];
    const begin = (binary: string, ...args: string[]) => {
      const process = launch(binary, ['-f', ...args], environment);
      started.push(process);
      return process;
    };
    // Its data is not kept: nothing of it needs an orderly end.
    const stopAll = async () => {
      for (const process of started.toReversed()) await stop(process, 'SIGKILL');
    };
    try {
      const map = join(dir, 'monmap');
      const address = `[v2:127.0.0.1:${monitorPort}/0]`;
      await run('monmaptool', '--create', '--fsid', cluster, '--addv', 'a', address, map);
      await run(monitor, '--mkfs', '-i', 'a', '--monmap', map);
      begin(monitor, '-i', 'a');
      const disk = randomUUID();
      await run('ceph', 'osd', 'new', disk);
      await run(osd, '--mkfs', '-i', '0', '--osd-uuid', disk);
      begin(osd, '-i', '0');
      const user = ['--uid=tests', '--display-name=tests'];
      const keys = [`--access-key=${ACCESS_KEY_ID}`, `--secret-key=${SECRET_ACCESS_KEY}`];
      await run('radosgw-admin', 'user', 'create', ...user, ...keys);
      return { name: 'ceph', process: begin(gateway, '-n', 'client.rgw'), port, stop: stopAll };
    } catch (error) {
      await stopAll();
      throw error;
    }
  });
}

function configOf(options: { dir: string; cluster: string; monitorPort: number; port: number }): string {
  const { dir, cluster, monitorPort, port } = options;
  return `[global]
fsid = ${cluster}
mon_host = v2:127.0.0.1:${monitorPort}/0
public_addr = 127.0.0.1
cluster_addr = 127.0.0.1
ms_bind_ipv6 = false
auth_cluster_required = none
auth_service_required = none
auth_client_required = none
run_dir = ${dir}
crash_dir = ${dir}/crash
admin_socket =
pid_file =
log_file =
log_to_stderr = true
mon_data = ${dir}/mon
mon_data_avail_crit = 0
mon_allow_pool_size_one = true
osd_data = ${dir}/osd
osd_objectstore = memstore
memstore_device_bytes = ${8 * 2 ** 30}
osd_crush_chooseleaf_type = 0
osd_pool_default_size = 1
osd_pool_default_min_size = 1
osd_pool_default_pg_num = 8
osd_pool_default_pg_autoscale_mode = off

[client.rgw]
rgw_data = ${dir}/rgw
rgw_frontends = beast endpoint=127.0.0.1:${port}
# Its default, secure, needs keys.
ms_mon_client_mode = crc
`;
}
