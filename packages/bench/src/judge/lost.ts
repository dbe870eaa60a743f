import type { Delivery } from '@trtc-recorder/sandbox';
import { EVENT_MS, type ExpectedEvent } from '../expected.ts';

/** How much sound a packet of the senders holds, ms. */
const PACKET_MS = 20;
/** Of a beep's five packets, a loss of more than these leaves too little of it to be told. */
const SPARED = 2;

/** Whether the network lost so much of a beep that no recorder can have it. A picture is sent again until it is there. */
export const isLost = ({ userId, track, wallMs }: ExpectedEvent, deliveries: readonly Delivery[]): boolean =>
  track === 'audio' &&
  deliveries
    .filter(({ publisherId, stream }) => publisherId === userId && stream === 'audio')
    .flatMap(({ lostAtMs }) => lostAtMs)
    .filter((at) => at > wallMs - PACKET_MS && at < wallMs + EVENT_MS).length > SPARED;
