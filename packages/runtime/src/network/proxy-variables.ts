import { z } from 'zod';

const variable = (about: string) => z.string().default('').describe(about);

/** The variables that curl reads, for the configuration of a process that connects to others. */
export const proxyVariables = {
  https_proxy: variable('Proxy for https: URLs, http(s)://user:password@host:port, as curl reads it; empty: none'),
  HTTPS_PROXY: variable('The same, where https_proxy is empty'),
  http_proxy: variable('Proxy for http: URLs, as curl reads it (lower case only); empty: none'),
  all_proxy: variable('Proxy for URLs that the variables above name none for'),
  ALL_PROXY: variable('The same, where all_proxy is empty'),
  no_proxy: variable(
    'Hosts without a proxy, separated by commas: names with all below them, addresses, networks as 10.0.0.0/8, or *',
  ),
  NO_PROXY: variable('The same, where no_proxy is empty'),
};

/** Which proxies there are; an empty URL means none. */
export interface ProxySettings {
  readonly forHttps: string;
  readonly forHttp: string;
  readonly exempt: string;
}

export const proxySettings = (config: Readonly<Record<keyof typeof proxyVariables, string>>): ProxySettings => {
  const forAll = config.all_proxy || config.ALL_PROXY;
  return {
    forHttps: config.https_proxy || config.HTTPS_PROXY || forAll,
    forHttp: config.http_proxy || forAll,
    exempt: config.no_proxy || config.NO_PROXY,
  };
};
