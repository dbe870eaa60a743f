import { execFileSync, spawn, type ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Readable, Writable } from 'node:stream';

/** Two machines (network namespaces) and a line between them whose packets this process carries. */
export interface Link {
  /** Addresses of the far machine, which the name `far.test` has on the near one. */
  readonly far: { readonly four: string; readonly six: string };
  /** Runs a Node script on one of them. */
  run(side: 'near' | 'far', script: string, args?: readonly string[]): ChildProcessByStdio<null, Readable, Readable>;
  /** Drops all packets from now on, or no longer. */
  cut(dead: boolean): void;
  close(): Promise<void>;
}

export interface LinkOptions {
  /** One way, ms. */
  readonly delayMs: number;
  /** /etc/hosts of the near machine, beside the addresses of `far.test`. */
  readonly hosts?: string;
}

const ADDRESSES = {
  near: { four: '10.77.0.1', six: 'fd77::1' },
  far: { four: '10.77.0.2', six: 'fd77::2' },
} as const;
const SIDES = ['near', 'far'] as const;
type Side = (typeof SIDES)[number];

const ip = (...args: string[]) => execFileSync('ip', args, { stdio: ['ignore', 'pipe', 'pipe'] }).toString();

/** Why this machine cannot have such a link; undefined when it can. */
export function whyNoLink(): string | undefined {
  const name = `trtc-try-${process.pid}`;
  try {
    ip('netns', 'add', name);
    ip('netns', 'exec', name, 'ip', 'tuntap', 'add', 'tun0', 'mode', 'tun');
    return undefined;
  } catch (error) {
    return `the kernel refuses network namespaces or TUN devices here: ${String(error).split('\n')[0] ?? ''}`;
  } finally {
    try {
      ip('netns', 'del', name);
    } catch {
      // It was never there.
    }
  }
}

let links = 0;

export async function startLink({ delayMs, hosts = '' }: LinkOptions): Promise<Link> {
  links += 1;
  const nameOf = (side: Side) => `trtc-${side}-${process.pid}-${links}`;
  let dead = false;
  const children: ChildProcessByStdio<null, Readable, Readable>[] = [];
  const ends = {} as Record<Side, ChildProcessByStdio<Writable, Readable, null>>;
  for (const side of SIDES) {
    const name = nameOf(side);
    ip('netns', 'add', name);
    mkdirSync(`/etc/netns/${name}`, { recursive: true });
    const { four, six } = ADDRESSES.far;
    writeFileSync(`/etc/netns/${name}/hosts`, `127.0.0.1 localhost\n${four} far.test\n${six} far.test\n${hosts}`);
    writeFileSync(`/etc/netns/${name}/resolv.conf`, 'nameserver 127.0.0.1\n');
    const tun = ['netns', 'exec', name, 'perl', path.join(import.meta.dirname, 'tun.pl'), 'tun0'];
    ends[side] = spawn('ip', tun, { stdio: ['pipe', 'pipe', 'inherit'] });
    await once(ends[side].stdout, 'readable');
    const here = (...args: string[]) => ip('-n', name, ...args);
    here('link', 'set', 'lo', 'up');
    here('addr', 'add', `${ADDRESSES[side].four}/24`, 'dev', 'tun0');
    here('addr', 'add', `${ADDRESSES[side].six}/64`, 'dev', 'tun0', 'nodad');
    here('link', 'set', 'tun0', 'mtu', '1400', 'up');
  }
  carry(ends.near, ends.far, delayMs, () => dead);
  carry(ends.far, ends.near, delayMs, () => dead);
  return {
    far: ADDRESSES.far,
    run: (side, script, args = []) => {
      const command = ['netns', 'exec', nameOf(side), process.execPath, script, ...args];
      const child = spawn('ip', command, { stdio: ['ignore', 'pipe', 'pipe'] });
      children.push(child);
      return child;
    },
    cut: (now) => (dead = now),
    close: async () => {
      for (const child of children.filter(({ exitCode }) => exitCode === null)) child.kill();
      for (const side of SIDES) {
        ends[side].stdin.end();
        if (ends[side].exitCode === null) await once(ends[side], 'exit');
        ip('netns', 'del', nameOf(side));
        rmSync(`/etc/netns/${nameOf(side)}`, { recursive: true });
      }
    },
  };
}

/** Hands each packet on after the delay. */
function carry(from: { stdout: Readable }, to: { stdin: Writable }, delayMs: number, dead: () => boolean): void {
  let buffered = Buffer.alloc(0);
  from.stdout.on('data', (chunk: Buffer) => {
    buffered = Buffer.concat([buffered, chunk]);
    while (buffered.length >= 2 && buffered.length >= 2 + buffered.readUInt16BE(0)) {
      const frame = buffered.subarray(0, 2 + buffered.readUInt16BE(0));
      buffered = buffered.subarray(frame.length);
      if (frame.length > 2) setTimeout(() => !dead() && to.stdin.writable && to.stdin.write(frame), delayMs);
    }
  });
}
