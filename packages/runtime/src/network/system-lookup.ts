import { lookup } from 'node:dns/promises';

/** Lookups by the system at once: each holds one of the four threads that the file system needs too. */
const AT_ONCE = 2;
let underWay = 0;

/**
 * Addresses by getaddrinfo, for names that only the system knows (mDNS, NIS, systemd's). Empty when it has none, when
 * the signal is aborted first, or when other names hold the places: such a name delays only others of its kind.
 */
export async function systemLookup(name: string, signal: AbortSignal): Promise<readonly string[]> {
  if (underWay >= AT_ONCE) return [];
  underWay += 1;
  const asked = lookup(name, { all: true })
    .then((found) => found.map(({ address }) => address))
    .catch(() => [])
    .finally(() => (underWay -= 1));
  return Promise.race([asked, aborted(signal)]);
}

const aborted = (signal: AbortSignal) =>
  new Promise<readonly string[]>((resolve) => {
    if (signal.aborted) resolve([]);
    else signal.addEventListener('abort', () => resolve([]), { once: true });
  });
