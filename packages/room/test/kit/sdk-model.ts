import type { RoomEvent } from '@trtc-recorder/contracts';
import type { Track } from '../../page/roster.ts';
import { PUBLISHED, type ModelConnection, type ModelReceiver, type Published } from './model-connection.ts';

export const trackFor = (userId: string, what: Published): Track =>
  what === 'audio' ? { userId, stream: 'main', kind: 'audio' } : { userId, stream: what, kind: 'video' };
export const publishedAs = ({ stream, kind }: Pick<Track, 'stream' | 'kind'>): Published =>
  kind === 'audio' ? 'audio' : stream;

/** What the SDK holds of one remote user: its UserConnection and remote tracks. */
interface Remote {
  readonly userId: string;
  readonly number: string;
  /** The track objects, also those that a refused or ended subscription left behind. */
  readonly held: Partial<Record<Published, object>>;
  ssrcs: Record<Published, number> | undefined;
  /** Which three receivers. */
  group: number | undefined;
  readonly subscribed: Set<Published>;
  /** Calls by which tracks were started; a start of one that is there does nothing. */
  readonly started: Set<Published>;
  queue: Promise<void>;
  closed: boolean;
}

export interface ModelPorts {
  emit(event: RoomEvent): void;
  now(): number;
  sleep(ms: number): Promise<void>;
  makeConnection(): ModelConnection;
}

/** How the server answers subscriptions. */
export interface ServerRules {
  refuses(userId: string, what: Published): boolean;
  delayMs: number;
}

/**
 * trtc-sdk-v5 5.17.1 and a server, as far as subscriptions go: sections of one connection in groups of three, reused by
 * the next user; track objects that outlive a refusal; one subscription of a user after the other.
 */
export class SdkModel {
  readonly #ports: ModelPorts;
  readonly rules: ServerRules = { refuses: () => false, delayMs: 0 };
  readonly remotes = new Map<string, Remote>();
  /** What users publish, by the server. */
  readonly published = new Map<string, Set<Published>>();
  /** What each SSRC that was ever used carries. */
  readonly truth = new Map<number, Track>();
  connection: ModelConnection;
  #ssrc = 1000;
  #describing: Promise<void> = Promise.resolve();

  constructor(ports: ModelPorts) {
    this.#ports = ports;
    this.connection = ports.makeConnection();
  }

  enter(userId: string): void {
    const remote: Remote = {
      userId,
      number: `n${userId}`,
      held: {},
      ssrcs: undefined,
      group: undefined,
      subscribed: new Set(),
      started: new Set(),
      queue: Promise.resolve(),
      closed: false,
    };
    this.remotes.set(userId, remote);
    this.published.set(userId, new Set());
    this.#ports.emit({ type: 'anchor-enter', at: this.#ports.now(), userId });
  }

  publish(userId: string, what: Published): void {
    this.published.get(userId)?.add(what);
    this.#ports.emit({ type: 'available', at: this.#ports.now(), ...trackFor(userId, what) });
    this.#start(userId, what).catch(() => undefined);
  }

  unpublish(userId: string, what: Published): void {
    this.published.get(userId)?.delete(what);
    this.remotes.get(userId)?.started.delete(what);
    this.#ports.emit({ type: 'unavailable', at: this.#ports.now(), ...trackFor(userId, what) });
  }

  /** `described`: false leaves the sections to the next description, as when another anchor comes in meanwhile. */
  leave(userId: string, described = true): void {
    const remote = this.remotes.get(userId);
    if (remote === undefined) return;
    remote.closed = true;
    this.remotes.delete(userId);
    this.published.delete(userId);
    void this.#removeDownlink(remote, described);
    this.#ports.emit({ type: 'anchor-exit', at: this.#ports.now(), userId });
  }

  /** The media path is rebuilt: another connection, other SSRCs, for everything that has a subscription. */
  rejoin(): void {
    this.connection.close();
    this.connection = this.#ports.makeConnection();
    for (const remote of this.remotes.values()) {
      if (remote.ssrcs === undefined) continue;
      remote.ssrcs = undefined;
      remote.group = undefined;
      const kinds = [...remote.subscribed];
      remote.subscribed.clear();
      this.#alone(remote, () => this.#subscribe(remote, kinds)).catch(() => undefined);
    }
  }

  /** SSRCs under which the server sends now, with their receivers. */
  get sending(): { readonly ssrc: number; readonly receiver: ModelReceiver }[] {
    return [...this.remotes.values()].flatMap(({ userId, ssrcs, group, subscribed }) =>
      PUBLISHED.flatMap((what, index) => {
        const receiver = group === undefined ? undefined : this.connection.groups[group]?.[index];
        const isSent = ssrcs && subscribed.has(what) && this.published.get(userId)?.has(what) === true;
        return isSent && receiver ? [{ ssrc: ssrcs[what], receiver }] : [];
      }),
    );
  }

  heldFor(track: Track): object | null {
    return this.remotes.get(track.userId)?.held[publishedAs(track)] ?? null;
  }

  /** The calls that the page makes. */
  readonly calls = {
    muteRemoteAudio: (userId: string, mute: boolean) =>
      mute ? this.#stop(userId, 'audio') : this.#start(userId, 'audio'),
    startRemoteVideo: ({ userId, streamType }: { userId: string; streamType: unknown }) =>
      this.#start(userId, streamType as Published),
    stopRemoteVideo: ({ userId, streamType }: { userId: string; streamType?: unknown }) =>
      this.#stop(userId, streamType as Published),
  };

  async #start(userId: string, what: Published): Promise<void> {
    const remote = this.remotes.get(userId);
    if (remote === undefined || remote.started.has(what)) return;
    remote.started.add(what);
    try {
      await this.#alone(remote, () => this.#subscribe(remote, [what]));
    } catch (error) {
      remote.started.delete(what);
      throw error;
    }
  }

  async #stop(userId: string, what: Published): Promise<void> {
    const remote = this.remotes.get(userId);
    if (remote === undefined) return;
    await this.#alone(remote, async () => {
      if (!remote.subscribed.delete(what)) return;
      await this.#answer();
      if (remote.subscribed.size === 0) await this.#removeDownlink(remote, true);
    });
    remote.started.delete(what);
  }

  /** One call for a user after the other; a user that leaves ends all of them. */
  #alone(remote: Remote, work: () => Promise<void>): Promise<void> {
    const done = remote.queue.then(() => {
      if (remote.closed) throw Object.assign(new Error('aborted'), { code: 5998 });
      return work();
    });
    remote.queue = done.catch(() => undefined);
    return done;
  }

  async #subscribe(remote: Remote, kinds: readonly Published[]): Promise<void> {
    const isFirst = remote.ssrcs === undefined;
    if (isFirst) await this.#addDownlink(remote);
    const refused = kinds.some((what) => this.rules.refuses(remote.userId, what));
    // The server acts at once and answers late.
    if (!refused) for (const what of kinds) remote.subscribed.add(what);
    await this.#answer();
    if (!refused) return;
    if (isFirst) await this.#removeDownlink(remote, true);
    throw Object.assign(new Error('refused'), { code: 5500 });
  }

  #answer(): Promise<void> {
    return this.rules.delayMs > 0 ? this.#ports.sleep(this.rules.delayMs) : Promise.resolve();
  }

  async #addDownlink(remote: Remote): Promise<void> {
    await this.#describing;
    if (remote.closed) return;
    const ssrcs = { audio: (this.#ssrc += 1), main: (this.#ssrc += 1), sub: (this.#ssrc += 1) };
    for (const what of PUBLISHED) this.truth.set(ssrcs[what], trackFor(remote.userId, what));
    remote.ssrcs = ssrcs;
    remote.group = this.connection.takeGroup(remote.number, ssrcs);
    await this.#describe();
  }

  async #removeDownlink(remote: Remote, described: boolean): Promise<void> {
    const { group } = remote;
    const { connection } = this;
    remote.ssrcs = undefined;
    remote.group = undefined;
    remote.subscribed.clear();
    if (group === undefined) return;
    if (described) await this.#describing;
    if (connection !== this.connection) return;
    connection.freeGroup(group);
    if (described) await this.#describe();
  }

  async #describe(): Promise<void> {
    const { connection } = this;
    this.#describing = connection.describe((receiver, index, streamId) => {
      // As the SDK matches them: by its number for the user within the stream's id.
      for (const remote of this.remotes.values())
        if (!remote.closed && streamId.startsWith(`${remote.number}-`)) remote.held[PUBLISHED[index]!] = receiver.track;
    });
    await this.#describing;
  }
}
