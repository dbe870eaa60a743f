/** What a page is asked for by its address. */
export interface PageQuery {
  readonly room: string;
  /** Integer and string rooms are different rooms. */
  readonly type: 'int' | 'string';
  readonly user: string;
  /** The app; the sandbox's first one when left out. */
  readonly sdkAppId: string | undefined;
  /** A UserSig made elsewhere; fetched from the sandbox when left out. */
  readonly userSig: string | undefined;
  /** Joins and publishes at once. */
  readonly auto: boolean;
  /** Camera and microphone, the clip of truth, or nothing. */
  readonly media: 'device' | 'clip' | 'none';
  readonly audio: boolean;
  readonly video: boolean;
  readonly screen: boolean;
  /** Hz of the clip's beep; tells who it is. */
  readonly freq: number;
  readonly width: number;
  readonly height: number;
  readonly fps: number;
  /** 1000 bits a second. */
  readonly kbps: number;
  /** What the anchor's video is sent in. */
  readonly codec: 'h264' | 'vp8';
}

const oneOf = <T extends string>(value: string | null, allowed: readonly T[], byDefault: T): T =>
  allowed.find((each) => each === value) ?? byDefault;

const DEFAULTS = { freq: 440, width: 640, height: 360, fps: 15, kbps: 800 };

export function pageQuery(search: string): PageQuery {
  const query = new URLSearchParams(search);
  const numberOf = (name: keyof typeof DEFAULTS) => Number(query.get(name) ?? DEFAULTS[name]);
  const off = (name: string) => query.get(name) === '0';
  return {
    room: query.get('room') ?? 'demo',
    type: oneOf(query.get('type'), ['string', 'int'], 'string'),
    user: query.get('user') ?? `user-${Math.random().toString(36).slice(2, 7)}`,
    sdkAppId: query.get('sdkAppId') ?? undefined,
    userSig: query.get('userSig') ?? undefined,
    auto: query.get('auto') === '1',
    media: oneOf(query.get('media'), ['device', 'clip', 'none'], 'device'),
    audio: !off('audio'),
    video: !off('video'),
    screen: query.get('screen') === '1',
    freq: numberOf('freq'),
    width: numberOf('width'),
    height: numberOf('height'),
    fps: numberOf('fps'),
    kbps: numberOf('kbps'),
    codec: oneOf(query.get('codec'), ['h264', 'vp8'], 'h264'),
  };
}
