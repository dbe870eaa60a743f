import { BlockList, isIP } from 'node:net';
import type { ProxySettings } from './proxy-variables.ts';

const loopback = new BlockList();
loopback.addSubnet('127.0.0.0', 8, 'ipv4');
loopback.addAddress('::1', 'ipv6');

/**
 * The proxy for a URL; undefined: none. Loopback addresses are never asked for through a proxy, other than by curl.
 * Error: TypeError for a proxy that is no URL.
 */
export function proxyFor(target: URL, { forHttps, forHttp, exempt }: ProxySettings): URL | undefined {
  const value = target.protocol === 'https:' ? forHttps : forHttp;
  if (value === '') return undefined;
  const host = target.hostname.replace(/^\[|\]$/g, '').toLowerCase();
  if (isLoopback(host) || isExempt(host, exempt)) return undefined;
  return new URL(/^[a-z0-9]+:\/\//i.test(value) ? value : `http://${value}`);
}

const isLoopback = (host: string): boolean =>
  /^(?:.+\.)?localhost$/.test(host) || (isIP(host) !== 0 && loopback.check(host, family(host)));

const family = (address: string) => (isIP(address) === 6 ? 'ipv6' : 'ipv4');

/** `*`, names with all that is below them, addresses, and networks as `10.0.0.0/8`. */
function isExempt(host: string, list: string): boolean {
  const entries = list.toLowerCase().split(/[\s,]+/);
  return entries.some((entry) => entry !== '' && (entry === '*' || (isIP(host) === 0 ? isBelow : isIn)(host, entry)));
}

function isBelow(name: string, entry: string): boolean {
  const [plain, domain] = [name, entry].map((text) => text.replace(/^\.|\.$/g, ''));
  return plain === domain || plain?.endsWith(`.${domain}`) === true;
}

function isIn(address: string, entry: string): boolean {
  const [network = '', prefix] = entry.replace(/[[\]]/g, '').split('/');
  if (isIP(network) === 0 || isIP(network) !== isIP(address)) return false;
  const bits = prefix === undefined ? (isIP(network) === 6 ? 128 : 32) : Number(prefix);
  const net = new BlockList();
  try {
    net.addSubnet(network, bits, family(network));
  } catch {
    return false;
  }
  return net.check(address, family(address));
}
