import type { RawData, WebSocket } from 'ws';
import { errorMessage, sleep } from '@trtc-recorder/runtime';
import type { Handler } from './handler.ts';
import { joinHandlers } from './join-handlers.ts';
import { RequestSchema } from './messages.ts';
import { LEAVE_REASON, PUSH, REPLY } from './protocol.ts';
import { publishHandlers } from './publish-handlers.ts';
import { placeOf, type Reply, type Session } from './session.ts';
import { subscribeHandlers } from './subscribe-handlers.ts';
import type { World } from './world.ts';

const handlers: Readonly<Record<string, Handler>> = { ...joinHandlers, ...publishHandlers, ...subscribeHandlers };
/** Heartbeats and polls, not worth a line in the log each. */
const QUIET = new Set(['quality_report', 'get_user_list']);

/** The signalling side of the rooms: one WebSocket per joined SDK. */
export class Signalling {
  readonly #world: World;
  readonly #refusedUntil = new Map<string, number>();

  constructor(world: World) {
    this.#world = world;
  }

  /** New sockets of this user are refused for a while. */
  refuse(sdkAppId: number, userId: string, forMs: number): void {
    this.#refusedUntil.set(`${sdkAppId}/${userId}`, Date.now() + forMs);
  }

  /** Whether a socket may be opened; the address tells app and user. */
  admits(query: URLSearchParams): boolean {
    const user = `${query.get('sdkAppId') ?? ''}/${query.get('userId') ?? ''}`;
    return Date.now() >= (this.#refusedUntil.get(user) ?? 0);
  }

  /** A socket was opened. The SDK opens two and drops the slower one. */
  connected(socket: WebSocket, query: URLSearchParams): void {
    const send = (message: Record<string, unknown>) => {
      if (socket.readyState === socket.OPEN) socket.send(JSON.stringify(message));
    };
    const session: Session = {
      world: this.#world,
      socket: { send, terminate: () => socket.terminate() },
      sdkAppId: Number(query.get('sdkAppId')),
      userId: query.get('userId') ?? '',
      get open() {
        return socket.readyState === socket.OPEN;
      },
      place: undefined,
    };
    const hello = { clientIp: '127.0.0.1', signalInnerIp: '127.0.0.1', svrTime: Date.now() };
    send({ cmd: PUSH.hello, code: 0, message: '', data: hello });
    socket.on('message', (raw) => void this.#receive(session, raw));
    socket.on('error', (error) => this.#world.log.note('socket error', { user: session.userId, error: error.message }));
    socket.on('close', () => this.#lost(session));
  }

  async #receive(session: Session, raw: RawData): Promise<void> {
    try {
      const request = RequestSchema.parse(JSON.parse(rawText(raw)));
      const quiet = QUIET.has(request.cmd);
      if (!quiet)
        this.#world.log.note(`request ${request.cmd}`, { user: session.userId, data: loggable(request.data) });
      const { replyDelayMs } = this.#world.settings;
      if (replyDelayMs > 0 && !quiet) await sleep(replyDelayMs);
      const reply = this.#reply(session, request.cmd, request.seq);
      const handle = handlers[request.cmd];
      if (handle !== undefined) await handle(session, request.data ?? {}, reply);
      else if (REPLY[request.cmd] !== undefined) reply();
    } catch (error) {
      this.#world.log.note('request failed', { user: session.userId, error: errorMessage(error) });
    }
  }

  #reply(session: Session, cmd: string, seq: unknown): Reply {
    const tinyId = this.#world.rooms.tinyId(session.sdkAppId, session.userId);
    const send = (code: number, message: string, data: Record<string, unknown>) =>
      session.socket.send({ cmd: REPLY[cmd], code, message, seq, tinyId, data });
    const reply = (body: Record<string, unknown> = {}) => send(0, '', body);
    return Object.assign(reply, {
      refuse: (code: number, message = 'refused by the sandbox') => send(code, message, {}),
    });
  }

  /** The member stays for the grace time, in which the SDK may come back. */
  #lost(session: Session): void {
    const place = placeOf(session);
    if (place === undefined || place.member.socket !== session.socket) return;
    const { room, member } = place;
    member.socket = undefined;
    this.#world.log.note('socket lost', { user: member.userId });
    member.graceTimer = setTimeout(() => {
      if (member.socket !== undefined) return;
      this.#world.log.note('timed out', { user: member.userId });
      room.remove(member, LEAVE_REASON.timedOut);
    }, this.#world.settings.graceMs);
  }
}

const rawText = (raw: RawData): string =>
  (Array.isArray(raw) ? Buffer.concat(raw) : raw instanceof ArrayBuffer ? Buffer.from(raw) : raw).toString('utf8');

/** The data without signature and keys of the media connection. */
const loggable = (data: unknown): unknown =>
  typeof data === 'object' && data !== null ? { ...data, userSig: undefined, ability: undefined } : data;
