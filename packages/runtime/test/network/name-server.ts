import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { isIPv6 } from 'node:net';

/** What a name has: addresses of both families; `silent`: no answer, ever; a family alone can be silent too. */
export type Zone = Readonly<
  Record<
    string,
    readonly string[] | 'silent' | { readonly silent: 'A' | 'AAAA'; readonly addresses: readonly string[] }
  >
>;

export interface NameServer {
  /** `address:port` */
  readonly address: string;
  readonly asked: string[];
  close(): Promise<void>;
}

const A = 1;
const AAAA = 28;

/** A name server over UDP. Names that its zone doesn't have, it says not to exist. */
export async function startNameServer(zone: Zone, { host = '127.0.0.1', port = 0 } = {}): Promise<NameServer> {
  const socket = createSocket('udp4');
  const asked: string[] = [];
  socket.on('message', (query, from) => {
    const { name, type, end } = questionOf(query);
    asked.push(name);
    const entry = zone[name.toLowerCase()];
    const silentFor = entry === 'silent' ? 'both' : entry !== undefined && 'silent' in entry ? entry.silent : 'none';
    if (silentFor === 'both' || silentFor === (type === A ? 'A' : 'AAAA')) return;
    const addresses = entry === undefined || entry === 'silent' ? [] : 'silent' in entry ? entry.addresses : entry;
    const wanted = addresses.filter((address) => (type === AAAA ? isIPv6(address) : type === A && !isIPv6(address)));
    socket.send(answerTo(query, end, wanted, entry === undefined), from.port, from.address);
  });
  socket.bind(port, host);
  await once(socket, 'listening');
  return {
    address: `${host}:${socket.address().port}`,
    asked,
    close: async () => {
      socket.close();
      await once(socket, 'close');
    },
  };
}

function questionOf(query: Buffer): { name: string; type: number; end: number } {
  const labels: string[] = [];
  let at = 12;
  for (let length = query[at] ?? 0; length > 0; length = query[at] ?? 0) {
    labels.push(query.toString('latin1', at + 1, at + 1 + length));
    at += 1 + length;
  }
  return { name: labels.join('.'), type: query.readUInt16BE(at + 1), end: at + 5 };
}

function answerTo(query: Buffer, end: number, addresses: readonly string[], unknown: boolean): Buffer {
  const head = Buffer.from(query.subarray(0, end));
  head.writeUInt16BE(unknown ? 0x8183 : 0x8180, 2);
  head.writeUInt16BE(addresses.length, 6);
  head.writeUInt16BE(0, 8);
  head.writeUInt16BE(0, 10);
  const records = addresses.map((address) => {
    const data = isIPv6(address) ? bytesOfIPv6(address) : Buffer.from(address.split('.').map(Number));
    const record = Buffer.alloc(12);
    record.writeUInt16BE(0xc00c, 0);
    record.writeUInt16BE(isIPv6(address) ? AAAA : A, 2);
    record.writeUInt16BE(1, 4);
    record.writeUInt16BE(data.length, 10);
    return Buffer.concat([record, data]);
  });
  return Buffer.concat([head, ...records]);
}

function bytesOfIPv6(address: string): Buffer {
  const [before = '', after = ''] = address.split('::');
  const words = (text: string) => (text === '' ? [] : text.split(':')).map((word) => Number.parseInt(word, 16));
  const left = words(before);
  const right = address.includes('::') ? words(after) : [];
  const all = [...left, ...Array<number>(8 - left.length - right.length).fill(0), ...right];
  const bytes = Buffer.alloc(16);
  all.forEach((word, index) => bytes.writeUInt16BE(word, index * 2));
  return bytes;
}
