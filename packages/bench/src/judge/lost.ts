import type { Delivery } from '@trtc-recorder/sandbox';
import type { Cut } from '../run-case.ts';
import { EVENT_MS, type ExpectedEvent } from '../expected.ts';

/** How much sound a packet of the senders holds, ms. */
const PACKET_MS = 20;
/** Of a beep's five packets, a loss of more than these leaves too little of it to be told. */
const SPARED = 2;

/** Until a recorder has its connection again, or a key frame, after a path was dead, ms. */
const MENDED_MS = 5_000;

/** Whether an event was sent while a path was dead, or right after: the timeline accounts for it. */
export const isCut = ({ userId, wallMs }: ExpectedEvent, cuts: readonly Cut[]): boolean =>
  cuts.some(
    (cut) => (cut.userId ?? userId) === userId && wallMs + EVENT_MS > cut.fromMs && wallMs < cut.toMs + MENDED_MS,
  );

/** Whether the network lost so much of a beep that no recorder can have it. A picture is sent again until it is there. */
export const isLost = ({ userId, track, wallMs }: ExpectedEvent, deliveries: readonly Delivery[]): boolean =>
  track === 'audio' &&
  deliveries
    .filter(({ publisherId, stream }) => publisherId === userId && stream === 'audio')
    .flatMap(({ lostAtMs }) => lostAtMs)
    .filter((at) => at > wallMs - PACKET_MS && at < wallMs + EVENT_MS).length > SPARED;
