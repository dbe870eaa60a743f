import type { Room } from '@trtc-recorder/contracts';
import type {
  AnchorsInput,
  CosFault,
  CosFaultRule,
  Delivery,
  Impairment,
  PublishChangeInput,
  RoomSettingsInput,
} from '@trtc-recorder/sandbox';

/** The sandbox's REST control (docs/sandbox.md) for one app's rooms. Every call throws with the answer it was refused by. */
export interface SandboxClient {
  /** Adds synthetic anchors; gives their user ids. */
  addAnchors(room: Room, anchors: AnchorsInput): Promise<string[]>;
  /** When a synthetic anchor's media time was 0, ms since the Unix epoch. */
  mediaStartMs(room: Room, userId: string): Promise<number>;
  /** What was sent to a user, also when it has left. */
  deliveries(room: Room, userId: string): Promise<Delivery[]>;
  publish(room: Room, userId: string, change: PublishChangeInput): Promise<void>;
  leave(room: Room, userId: string): Promise<void>;
  /** Removes a member as TRTC would: `banned`, `kick`, `room_disband`, `user_time_out`. */
  remove(room: Room, userId: string, reason: string): Promise<void>;
  dismiss(room: Room): Promise<void>;
  impair(room: Room, userId: string, direction: 'up' | 'down', impairment: Partial<Impairment>): Promise<void>;
  cut(room: Room, userId: string, forMs: number): Promise<void>;
  dropSignalling(room: Room, userId: string, refuseMs?: number): Promise<void>;
  refuse(request: string, rule: { code: number; times?: number; userId?: string } | null): Promise<void>;
  /** Arms a fault of COS; null clears them all. */
  cosFault(rule: CosFaultRule | null): Promise<void>;
  /** The armed faults, with how often each has struck. */
  cosFaults(): Promise<CosFault[]>;
  settings(change: RoomSettingsInput): Promise<void>;
  userSig(query: Readonly<Record<string, string>>): Promise<string>;
}

const LIMIT_MS = 60_000;

export function sandboxClient(url: string): SandboxClient {
  const call = async (method: string, path: string, body?: unknown): Promise<Record<string, unknown>> => {
    const response = await fetch(`${url}/v1${path}`, {
      method,
      signal: AbortSignal.timeout(LIMIT_MS),
      ...(body !== undefined && { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`sandbox ${method} ${path}: ${response.status} ${text}`);
    return JSON.parse(text) as Record<string, unknown>;
  };
  const done = async (...args: Parameters<typeof call>): Promise<void> => {
    await call(...args);
  };
  const at = (room: Room): string => `/rooms/${room.type}/${encodeURIComponent(room.id)}`;
  const member = (room: Room, userId: string): string => `${at(room)}/members/${encodeURIComponent(userId)}`;
  const mediaStartMs = async (room: Room, userId: string) =>
    Number((await call('GET', member(room, userId)))['mediaStartMs']);
  return {
    addAnchors: async (room, anchors) => (await call('POST', `${at(room)}/anchors`, anchors))['userIds'] as string[],
    mediaStartMs,
    deliveries: async (room, userId) =>
      (await call('GET', `${member(room, userId)}/deliveries`))['deliveries'] as Delivery[],
    publish: (room, userId, change) => done('PATCH', member(room, userId), change),
    leave: (room, userId) => done('DELETE', member(room, userId)),
    remove: (room, userId, reason) => done('POST', `${member(room, userId)}/removal`, { reason }),
    dismiss: (room) => done('DELETE', at(room)),
    impair: (room, userId, direction, rule) => done('PUT', `${member(room, userId)}/impairment/${direction}`, rule),
    cut: (room, userId, forMs) => done('PUT', `${member(room, userId)}/media-path`, { cut: true, forMs }),
    dropSignalling: (room, userId, refuseMs = 0) =>
      done('POST', `${member(room, userId)}/signalling-drop`, { refuseMs }),
    refuse: (request, rule) =>
      rule === null ? done('DELETE', `/refusals/${request}`) : done('PUT', `/refusals/${request}`, rule),
    cosFaults: async () => (await call('GET', '/cos/faults'))['faults'] as CosFault[],
    cosFault: (rule) => (rule === null ? done('DELETE', '/cos/faults') : done('POST', '/cos/faults', rule)),
    settings: (change) => done('PATCH', '/settings', change),
    userSig: async (query) =>
      String((await call('GET', `/usersig?${new URLSearchParams(query).toString()}`))['userSig']),
  };
}
