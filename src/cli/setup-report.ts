import { env } from 'node:process';
import { type Finding, reporterOf } from '../check/finding.ts';
import type { Config } from '../config/schema/config.ts';
import { Proxies, targetOf } from '../proxy/http-proxy.ts';

/** What the configuration was read from. */
export function describeConfig({ origin, databases }: Config): Finding[] {
  const report = reporterOf('config', 'configuration');
  const { file, variables, misspelt } = origin;
  const from = [
    ...(file === undefined ? [] : [file]),
    `${variables.length} ${variables.length === 1 ? 'variable' : 'variables'}`,
  ];
  const count = `${databases.length} ${databases.length === 1 ? 'database' : 'databases'}`;
  return [
    report.ok('read', `${count}, from ${from.join(' and ')}`),
    ...misspelt.map(({ variable, meant }) =>
      report.warn('variable', `${variable} has no effect`, `Was ${meant} meant?`),
    ),
  ];
}

/** By which proxy each service is reached, and which certificates are trusted. */
export function describeNetwork(config: Config): Finding[] {
  const report = reporterOf('network', 'network');
  const proxies = new Proxies(config.proxy);
  const ways = new Map<string, string[]>();
  for (const url of servicesOf(config)) {
    const proxy = proxies.for(targetOf(url));
    const way = proxy === undefined ? 'directly' : `through the proxy ${proxy.name}`;
    ways.set(way, [...new Set([...(ways.get(way) ?? []), url.host])]);
  }
  const routes = [...ways].map(([way, hosts]) => `${hosts.join(', ')} ${way}`);
  const own = [
    ...(config.s3.caFile === undefined ? [] : [`for the store those of ${config.s3.caFile}`]),
    ...(env.NODE_EXTRA_CA_CERTS ? [`besides those of ${env.NODE_EXTRA_CA_CERTS}`] : []),
  ];
  const trusted = ['the usual authorities', ...own].join(', ');
  return [report.ok('proxy', routes.join('; ')), report.ok('certificate', `certificates: ${trusted}`)];
}

function servicesOf({ scalingo, s3 }: Config): URL[] {
  const { authUrl, apiUrl, databaseApiUrl } = scalingo;
  const store = s3.endpoint ?? `https://s3.${s3.region}.amazonaws.com`;
  return [authUrl, apiUrl, databaseApiUrl, store].map((url) => new URL(url));
}
