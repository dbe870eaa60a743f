import { AnchorMedia, type Switch } from './anchor-media.ts';
import { element, showEvent, wireButtons, writeForm, type FormFields } from './anchor-ui.ts';
import { pageQuery, type PageQuery } from './query.ts';
import { RoomSession } from './room-session.ts';

/** An anchor in a room: the verbs behind the page's buttons, and what tests use (`window.anchor`). */
class Anchor {
  readonly #session: RoomSession;
  readonly #media: AnchorMedia;
  readonly #query: PageQuery;

  constructor(query: PageQuery) {
    this.#query = query;
    this.#session = new RoomSession(query, showEvent);
    this.#media = new AnchorMedia(this.#session.trtc, query, element('preview'));
  }

  /** The SDK's instance. */
  get trtc() {
    return this.#session.trtc;
  }

  /** Everything the SDK said, and what this page did. */
  get events() {
    return this.#session.events;
  }

  /** Media time of the clip of truth, seconds. */
  get mediaTime(): number {
    return this.#media.clip.now();
  }

  /** Joins, and publishes what the address asks for. */
  async join(): Promise<void> {
    const { media, audio, video, screen, codec } = this.#query;
    await this.#session.enter('anchor', codec === 'vp8' ? { useVp8: true } : {});
    if (media !== 'none') {
      if (video) await this.set('video', true);
      if (audio) await this.set('audio', true);
      if (screen) await this.set('screen', true);
    }
    this.#session.note('publishing');
  }

  /** Starts or stops a track, mutes it or lets it be heard and seen again. */
  set(what: Switch, on: boolean): Promise<void> {
    return this.#media.set(what, on);
  }

  async leave(): Promise<void> {
    await this.trtc.exitRoom();
    await this.#media.stop();
    this.#session.note('left');
  }

  problem(error: unknown): void {
    this.#session.note('problem', { message: error instanceof Error ? error.message : String(error) });
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
  set: (what, on) => window.anchor.set(what, on),
  problem: (error) => window.anchor.problem(error),
});

if (asked.auto) element('join').click();
