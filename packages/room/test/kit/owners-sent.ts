import type { Frame } from '@trtc-recorder/contracts';
import type { RoomControl } from '@trtc-recorder/sandbox';
import { FALLBACK_TAPS } from '../../page/second-leg.ts';
import { RECORDER } from './world.ts';

export interface OwnersSent {
  /** The frames that were recorded under another name than the room sent them under. */
  wrong(frames: readonly Frame[]): string[];
  stop(): void;
}

/** Notes under which SSRC the room sends what to the recorder, from its own subscriptions. */
export function ownersSent(room: RoomControl): OwnersSent {
  const owners = new Map<number, string>();
  const look = () => {
    if (!room.view().members.some(({ userId }) => userId === RECORDER)) return;
    for (const subscription of room.member(RECORDER).view().subscriptions)
      for (const slot of ['audio', 'main', 'sub'] as const)
        owners.set((subscription[slot] as { ssrc: number }).ssrc, `${String(subscription['userId'])}/${slot}`);
  };
  const timer = setInterval(look, 5);
  return {
    wrong: (frames) =>
      frames.flatMap(({ tap, userId, kind, stream, ssrc }) => {
        const recorded = `${userId}/${kind === 'audio' ? 'audio' : stream}`;
        // What is re-encoded has an SSRC of its own.
        if (tap >= FALLBACK_TAPS || owners.get(ssrc) === recorded) return [];
        return [`SSRC ${ssrc}: ${recorded}, sent as ${owners.get(ssrc) ?? 'nothing'}`];
      }),
    stop: () => clearInterval(timer),
  };
}
