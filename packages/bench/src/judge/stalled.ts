import { clipSpec } from '@trtc-recorder/sandbox';
import type { AnchorSetup } from '../case.ts';
import { EVENT_MS, type ExpectedEvent } from '../expected.ts';

/** How long a packet or a frame of the senders lasts at most, ms: an event begins up to that much earlier or later. */
const FRAME_MS = 100;

/** Whether an anchor sent nothing of a track at an event, because it stalled. A camera goes on with its next key frame. */
export const isStalled = ({ track, second }: Pick<ExpectedEvent, 'track' | 'second'>, setup: AnchorSetup): boolean => {
  if (track === 'sub') return false;
  const stall = setup.timestamps?.[track === 'audio' ? 'audio' : 'video']?.stall;
  if (stall === undefined) return false;
  const lastsMs = stall.ms + (track === 'audio' ? 0 : clipSpec(setup.clip).gop * 1000);
  const fromMs = second * 1000 - FRAME_MS;
  const toMs = second * 1000 + EVENT_MS + FRAME_MS;
  const last = Math.floor(toMs / stall.everyMs);
  return last >= 1 && last * stall.everyMs + lastsMs > fromMs;
};
