import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Frame } from '@trtc-recorder/contracts';
import { silentLogger } from '@trtc-recorder/runtime';
import { openSpool } from '../../src/index.ts';

/**
 * A worker without a room: takes the frames of a file into a spool, 250 ms of them at a time and five times as fast as
 * they were sent, and says on standard output how many it has taken. Then closes the take, unless it is killed before.
 */
const [dir = '', framesFile = '', segmentMs = '10000'] = process.argv.slice(2);

interface StoredFrame extends Omit<Frame, 'data'> {
  readonly data: string;
}
const stored = JSON.parse(readFileSync(framesFile, 'utf8')) as StoredFrame[];
const frames = stored.map((frame): Frame => ({ ...frame, data: Buffer.from(frame.data, 'base64') }));

const spool = await openSpool({ dir, logger: silentLogger(), segmentMs: Number(segmentMs) });
const say = (line: object): void => {
  process.stdout.write(`${JSON.stringify(line)}\n`);
};
const take = await spool.startTake({
  worker: 'child',
  mode: '02',
  onFault: ({ code, message }) => say({ fault: code, message }),
});
const start = frames[0]?.receivedAt ?? 0;
let taken = 0;
for (let batch = 1; taken < frames.length; batch += 1) {
  for (; (frames[taken]?.receivedAt ?? Infinity) < start + batch * 250; taken += 1) take.frame(frames[taken]!);
  say({ taken });
  await sleep(50);
}
await take.close('stopped');
say({ closed: true });
