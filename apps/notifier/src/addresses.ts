import { BlockList, isIP } from 'node:net';
import { AppError, errorMessage, lookUp, proxyFor, type NameSources, type ProxySettings } from '@trtc-recorder/runtime';

const ranges = (...blocks: [string, number, 'ipv4' | 'ipv6'][]): BlockList => {
  const list = new BlockList();
  for (const [net, prefix, type] of blocks) list.addSubnet(net, prefix, type);
  return list;
};

/** Where clouds answer with the machine's role keys. No receiver of callbacks is there. */
const linkLocal = ranges(['169.254.0.0', 16, 'ipv4'], ['fe80::', 10, 'ipv6'], ['fd00:ec2::254', 128, 'ipv6']);

/** Loopback, private and shared networks, "this host", multicast and reserved. */
const notPublic = ranges(
  ['0.0.0.0', 8, 'ipv4'],
  ['10.0.0.0', 8, 'ipv4'],
  ['100.64.0.0', 10, 'ipv4'],
  ['127.0.0.0', 8, 'ipv4'],
  ['172.16.0.0', 12, 'ipv4'],
  ['192.0.0.0', 24, 'ipv4'],
  ['192.168.0.0', 16, 'ipv4'],
  ['198.18.0.0', 15, 'ipv4'],
  ['224.0.0.0', 3, 'ipv4'],
  ['::', 127, 'ipv6'],
  ['fc00::', 7, 'ipv6'],
  ['ff00::', 8, 'ipv6'],
);

/** Says why an address may not be POSTed to; null: it may. */
export type AddressPolicy = (address: string) => string | null;

/**
 * Private addresses are allowed by default, because receivers usually are in the same network as the recorder and the
 * API's tokens decide who may name one. An operator whose callers are strangers switches them off.
 */
export const addressPolicy =
  ({ allowPrivate }: { allowPrivate: boolean }): AddressPolicy =>
  (address) => {
    const type = isIP(address) === 6 ? 'ipv6' : 'ipv4';
    if (linkLocal.check(address, type)) return 'link-local addresses are never called';
    if (!allowPrivate && notPublic.check(address, type)) return 'private addresses are not called here';
    return null;
  };

const refused = (why: string): AppError =>
  new AppError('CallbackUnreachable', `the receiver's address is refused: ${why}`, { retryable: false });

/** Refuses a host that is an address itself. Error: CallbackUnreachable, not retryable. */
export function checkHost(hostname: string, policy: AddressPolicy): void {
  const host = hostname.replace(/^\[|\]$/g, '');
  const why = isIP(host) === 0 ? null : policy(host);
  if (why !== null) throw refused(why);
}

/** Refuses an address that a name was resolved to: what is checked is what is connected to. Error: CallbackUnreachable. */
export function checkAddress(address: string, policy: AddressPolicy): void {
  const why = policy(address);
  if (why !== null) throw refused(why);
}

export interface ProxiedCheck {
  readonly policy: AddressPolicy;
  readonly proxy?: ProxySettings;
  readonly names?: NameSources;
  readonly connectTimeoutMs: number;
}

/**
 * Behind a proxy, the proxy resolves the name. Where private addresses are refused, it is looked up here as well, and a
 * name that cannot be is refused. Errors: CallbackUnreachable, retryable in the second case.
 */
export async function checkBehindProxy(target: URL, check: ProxiedCheck): Promise<void> {
  const { policy, proxy, names, connectTimeoutMs } = check;
  if (proxy === undefined || policy(LOOPBACK) === null || proxyFor(target, proxy) === undefined) return;
  const host = target.hostname.replace(/^\[|\]$/g, '');
  const { addresses, later } = await lookUp(host, AbortSignal.timeout(connectTimeoutMs), names).catch(
    (error: unknown) => {
      const message = `the receiver's address cannot be checked: ${errorMessage(error)}`;
      throw new AppError('CallbackUnreachable', message, { cause: error });
    },
  );
  for (const address of [...addresses, ...(await later)]) checkAddress(address, policy);
}

/** Whether it is refused tells whether private addresses are. */
const LOOPBACK = '127.0.0.1';
