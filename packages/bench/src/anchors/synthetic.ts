import type { Room } from '@trtc-recorder/contracts';
import type { SandboxClient } from '@trtc-recorder/stack';
import type { Action, AnchorSetup, TrackName } from '../case.ts';
import type { BenchAnchor } from './anchor.ts';

/** An anchor that the sandbox sends without a browser. */
export function syntheticAnchor(sandbox: SandboxClient, room: Room, setup: AnchorSetup): BenchAnchor {
  const { userId, clip, publishes = ['audio', 'main'], dtx = false, driftPpm = 0, timestamps } = setup;
  const enter = async () => {
    const sends = (track: TrackName) => publishes.includes(track);
    const what = { audio: sends('audio'), main: sends('main'), sub: sends('sub') };
    await sandbox.addAnchors(room, { userId, clip, ...what, dtx, driftPpm, timestamps });
  };
  const act = (action: Action): Promise<void> => {
    switch (action.do) {
      case 'enter':
        return enter();
      case 'leave':
        return sandbox.leave(room, userId);
      case 'publish':
        return sandbox.publish(room, userId, { [action.track]: action.on });
      case 'mute':
        return sandbox.publish(room, userId, { [`${action.kind}Muted`]: action.on });
      case 'cut':
        return sandbox.cut(room, userId, action.forMs);
      case 'show':
        return sandbox.publish(room, userId, { clip: action.clip });
      case 'restart':
        return sandbox.publish(room, userId, { restart: true });
    }
  };
  return { act, mediaStartMs: () => sandbox.mediaStartMs(room, userId), close: () => Promise.resolve() };
}
