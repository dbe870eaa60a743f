import { AnchorMedia } from './anchor-media.ts';
import { element, showEvent, wireButtons, writeForm, type FormFields } from './anchor-ui.ts';
import { pageQuery, type PageQuery } from './query.ts';
import { RoomSession } from './room-session.ts';

/** An anchor in a room: the verbs behind the page's buttons, and what tests use (`window.anchor`). */
class Anchor {
  readonly session: RoomSession;
  readonly media: AnchorMedia;
  readonly #query: PageQuery;

  constructor(query: PageQuery) {
    this.#query = query;
    this.session = new RoomSession(query, showEvent);
    this.media = new AnchorMedia(this.session.trtc, query, element('preview'));
  }

  get trtc() {
    return this.session.trtc;
  }

  get events() {
    return this.session.events;
  }

  /** Joins, and publishes what the address asks for. */
  async join(): Promise<void> {
    const { media, audio, video, screen, codec } = this.#query;
    await this.session.enter('anchor', codec === 'vp8' ? { useVp8: true } : {});
    if (media === 'none') return;
    if (video) await this.media.startVideo();
    if (audio) await this.media.startAudio();
    if (screen) await this.media.startScreen();
    this.session.note('publishing');
  }

  async leave(): Promise<void> {
    await this.trtc.exitRoom();
    await Promise.allSettled([this.media.stopVideo(), this.media.stopAudio(), this.media.stopScreen()]);
    this.session.note('left');
  }
}

declare global {
  interface Window {
    anchor: Anchor;
  }
}

const asked = pageQuery(location.search);
writeForm(asked);
window.anchor = new Anchor(asked);

wireButtons({
  join: async (fields: FormFields) => {
    window.anchor.trtc.destroy();
    window.anchor = new Anchor({ ...asked, ...fields });
    await window.anchor.join();
  },
  leave: () => window.anchor.leave(),
  audio: (on) => (on ? window.anchor.media.startAudio() : window.anchor.media.stopAudio()),
  video: (on) => (on ? window.anchor.media.startVideo() : window.anchor.media.stopVideo()),
  screen: (on) => (on ? window.anchor.media.startScreen() : window.anchor.media.stopScreen()),
  muteAudio: (on) => window.anchor.media.muteAudio(on),
  muteVideo: (on) => window.anchor.media.muteVideo(on),
  problem: (error) =>
    window.anchor.session.note('problem', { message: error instanceof Error ? error.message : error }),
});

if (asked.auto) element('join').click();
