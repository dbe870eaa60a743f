import type { Room } from '@trtc-recorder/contracts';
import {
  clipSpec,
  openAnchor,
  type AnchorSwitch,
  type launchAnchorBrowser,
  type OpenedAnchor,
} from '@trtc-recorder/sandbox';
import type { SandboxClient } from '@trtc-recorder/stack';
import type { Action, AnchorSetup, TrackName } from '../case.ts';
import type { BenchAnchor } from './anchor.ts';

type Browser = Awaited<ReturnType<typeof launchAnchorBrowser>>;

const SWITCH: Readonly<Record<TrackName, AnchorSwitch>> = { audio: 'audio', main: 'video', sub: 'screen' };
const MUTE = { audio: 'muteAudio', video: 'muteVideo' } as const;

/** An anchor with the real SDK, in a page of its own. The page stays when the anchor leaves, and so does its media time. */
export function browserAnchor(
  where: { readonly sandboxUrl: string; readonly sandbox: SandboxClient; readonly browser: () => Promise<Browser> },
  room: Room,
  { userId, clip, publishes = ['audio', 'main'] }: AnchorSetup,
): BenchAnchor {
  let opened: OpenedAnchor | undefined;
  const page = (): OpenedAnchor => {
    if (opened === undefined) throw new Error(`${userId} has not entered yet`);
    return opened;
  };
  const enter = async () => {
    if (opened !== undefined) return opened.page.evaluate<undefined>('window.anchor.join()');
    const { freq, width, height, fps, kbps } = clipSpec(clip);
    const sends = (track: TrackName) => publishes.includes(track);
    const what = { audio: sends('audio'), video: sends('main'), screen: sends('sub') };
    const query = { type: room.type, room: String(room.id), user: userId, media: 'clip' as const };
    const browser = await where.browser();
    opened = await openAnchor({
      sandboxUrl: where.sandboxUrl,
      browser,
      ...query,
      freq,
      width,
      height,
      fps,
      kbps,
      ...what,
    });
  };
  const act = async (action: Action): Promise<void> => {
    switch (action.do) {
      case 'enter':
        return enter();
      case 'leave':
        return page().leave();
      case 'publish':
        return page().set(SWITCH[action.track], action.on);
      case 'mute':
        return page().set(MUTE[action.kind], action.on);
      case 'cut':
        return where.sandbox.cut(room, userId, action.forMs);
      case 'show':
      case 'restart':
        throw new Error(`a browser decides itself about "${action.do}"`);
    }
  };
  return {
    act,
    mediaStartMs: () => page().page.evaluate('Date.now() - window.anchor.mediaTime * 1000'),
    close: async () => opened?.close(),
  };
}
