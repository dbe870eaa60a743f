import { Resolver } from 'node:dns/promises';
import { isIP } from 'node:net';
import { addressesInHostsFile } from './hosts-file.ts';
import { ConnectError } from './connect-error.ts';
import { candidateNames } from './search-list.ts';
import { systemLookup } from './system-lookup.ts';

/** Where names are looked up; the defaults are the machine's own files and name servers. */
export interface NameSources {
  readonly hostsFile?: string | undefined;
  readonly resolvConf?: string | undefined;
  /** `address` or `address:port` of name servers instead of those of resolv.conf. */
  readonly servers?: readonly string[] | undefined;
}

export interface Found {
  /** Addresses of the family that was answered first, or of both. */
  readonly addresses: readonly string[];
  /** Those of a family whose answer was still missing then. */
  readonly later: Promise<readonly string[]>;
}

/** First wait for a name server, ms, and how many rounds over all of them; c-ares doubles the wait each round. */
const ANSWER_WITHIN_MS = 2_000;
const ROUNDS = 4;
/** How long the answer for one family is waited for when that for the other is there, ms (RFC 8305: 50 ms). */
const OTHER_FAMILY_MS = 50;

/** Names that a name server says it does not have, as opposed to a name server that says nothing. */
const NOT_THERE = new Set(['ENOTFOUND', 'ENODATA']);

/**
 * Addresses of a name: hosts file, name servers, and for names that those do not have, the system. Node's own lookup is
 * getaddrinfo in a pool of four threads, which the file system shares: a name server that says nothing holds a thread
 * for 10 s and more, and four such names stop the process. These queries hold no thread. A resolver for each lookup reads
 * resolv.conf as it is now, and can be cancelled alone. Error: ConnectError; the signal's reason.
 */
export async function lookUp(name: string, signal: AbortSignal, sources: NameSources = {}): Promise<Found> {
  if (isIP(name) !== 0) return only([name]);
  const known = addressesInHostsFile(name.replace(/\.$/, ''), sources.hostsFile);
  if (known.length > 0) return only(known);
  if (/^(?:.+\.)?localhost\.?$/i.test(name)) return only(['127.0.0.1', '::1']);
  signal.throwIfAborted();
  const resolver = new Resolver({ timeout: ANSWER_WITHIN_MS, tries: ROUNDS });
  if (sources.servers !== undefined) resolver.setServers(sources.servers);
  signal.addEventListener('abort', () => resolver.cancel(), { once: true });
  let last = 'ENOTFOUND';
  for (const candidate of candidateNames(name, sources.resolvConf)) {
    try {
      return await bothFamilies(resolver, candidate);
    } catch (error) {
      signal.throwIfAborted();
      // What a name server did not answer says more than that another one has no such name.
      const code = codeOf(error);
      if (!NOT_THERE.has(code) || NOT_THERE.has(last)) last = code;
    }
  }
  if (last === 'ETIMEOUT') throw lookupError(name, last);
  const addresses = await systemLookup(name, signal);
  signal.throwIfAborted();
  if (addresses.length === 0) throw lookupError(name, last);
  return only(addresses);
}

const only = (addresses: readonly string[]): Found => ({ addresses, later: Promise.resolve([]) });

/** Resolves with the first family that has addresses, and a moment for the other one. */
async function bothFamilies(resolver: Resolver, name: string): Promise<Found> {
  const six = resolver.resolve6(name);
  const four = resolver.resolve4(name);
  const queries = [six, four];
  const all = Promise.allSettled(queries);
  // Rejects when neither has any.
  await Promise.any(queries).catch(async () => {
    const codes = (await all).flatMap((result) => (result.status === 'rejected' ? [codeOf(result.reason)] : []));
    throw Object.assign(new Error(name), { code: codes.find((code) => !NOT_THERE.has(code)) ?? codes[0] });
  });
  const inTime = await Promise.race([all, later(OTHER_FAMILY_MS)]);
  const found = (results: readonly PromiseSettledResult<string[]>[]) =>
    results.flatMap((result) => (result.status === 'fulfilled' ? result.value : []));
  if (inTime !== undefined) return only(found(inTime));
  const addresses = await Promise.any(queries);
  return { addresses, later: all.then((results) => found(results).filter((address) => !addresses.includes(address))) };
}

const later = (ms: number) => new Promise<undefined>((resolve) => setTimeout(() => resolve(undefined), ms));

const codeOf = (error: unknown): string => {
  const { code } = error as { code?: unknown };
  return typeof code === 'string' ? code : 'ENOTFOUND';
};

const lookupError = (name: string, code: string): ConnectError => {
  const what = code === 'ETIMEOUT' ? 'no name server answered' : 'name lookup failed';
  return new ConnectError(`${what} for ${name} (${code})`, code, []);
};
