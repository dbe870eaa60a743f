import { lookup as systemLookup, type LookupAddress } from 'node:dns';
import { BlockList, isIP, type LookupFunction } from 'node:net';
import { AppError } from '@trtc-recorder/runtime';

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

/** The system's name resolution, with every address checked: what is checked is what is connected to. */
export const checkedLookup = (policy: AddressPolicy): LookupFunction => {
  return (hostname, options, callback) => {
    systemLookup(hostname, { ...options, all: true }, (error, addresses: LookupAddress[] | undefined) => {
      // After an error Node gives no addresses, whatever its types say.
      const found = addresses ?? [];
      const [why] = found.flatMap(({ address }) => policy(address) ?? []);
      const [first] = found;
      if (error) callback(error, '');
      else if (why !== undefined) callback(refused(why), '');
      else if (options.all === true || first === undefined) callback(null, found);
      else callback(null, first.address, first.family);
    });
  };
};
