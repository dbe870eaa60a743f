import { randomBytes } from 'node:crypto';
import { AppError, Releasers, type Logger } from '@trtc-recorder/runtime';
import { DEFAULT_SDK_APP_ID } from './config.ts';
import { RoomsControl, roomsOfServerApi } from './control.ts';
import { startCos, type Bucket, type CosFaults } from './cos/index.ts';
import { startFront } from './rooms/http/front.ts';
import type { RoomSettingsInput } from './rooms/settings.ts';
import { Signalling } from './rooms/signalling.ts';
import { SyntheticAnchors } from './rooms/synthetic-anchors.ts';
import { World } from './rooms/world.ts';
import { startTrtcApi } from './trtc-api/index.ts';

export interface SandboxOptions {
  /** Loopback only: the sandbox is for development and tests. */
  readonly host?: '127.0.0.1';
  /** TCP ports; 0 or left out: any free one. */
  readonly ports?: { readonly http?: number; readonly cos?: number; readonly trtcApi?: number };
  /** Directory of the COS objects. */
  readonly dataDir: string;
  /** The key that signs UserSigs, for each app; by default one app, 1400000000, with a generated key. */
  readonly secretKeys?: Readonly<Record<number, string>>;
  /** Accepted by COS and the TRTC server API. */
  readonly cloudKeys: { readonly secretId: string; readonly secretKey: string };
  /** The buckets there are; left out: any, each in the region where it is first used. */
  readonly buckets?: readonly Bucket[] | undefined;
  readonly rooms?: RoomSettingsInput;
  readonly logger: Logger;
}

export interface Sandbox {
  readonly urls: {
    /** Rooms, pages, REST control. */
    readonly http: string;
    readonly cos: string;
    readonly trtcApi: string;
    /** The script that a page loads before the SDK. */
    readonly redirectScript: string;
    /** Where a person joins a room. */
    readonly anchorPage: string;
  };
  /** The control API in process. */
  readonly rooms: RoomsControl;
  /** What goes wrong at COS, on demand. */
  readonly cosFaults: CosFaults;
  close(): Promise<void>;
}

const LOOPBACK = '127.0.0.1';

/** Starts Tencent Cloud on one machine: rooms, COS, TRTC server API. Fails with `SandboxFailed`, leaving nothing open. */
export async function startSandbox(options: SandboxOptions): Promise<Sandbox> {
  const { logger } = options;
  const host: string = options.host ?? LOOPBACK;
  if (host !== LOOPBACK) throw new AppError('SandboxFailed', `the sandbox listens on ${LOOPBACK} only, not on ${host}`);
  const releasers = new Releasers(logger);
  try {
    return await startAll(options, releasers);
  } catch (error) {
    await releasers.releaseAll();
    throw error;
  }
}

async function startAll(options: SandboxOptions, releasers: Releasers): Promise<Sandbox> {
  const { dataDir, cloudKeys, logger, ports = {} } = options;
  const on = (port = 0) => ({ host: LOOPBACK, port, credentials: [cloudKeys], logger });
  const rooms = startRooms(options, releasers);
  const cos = await startCos({ ...on(ports.cos), dataDir, buckets: options.buckets });
  releasers.add('cos', () => cos.close());
  const trtcApi = await startTrtcApi({ ...on(ports.trtcApi), rooms: roomsOfServerApi(rooms.control) });
  releasers.add('trtc-api', () => trtcApi.close());
  const front = await startFront({ ...on(ports.http), ...rooms, cosFaults: cos.faults });
  releasers.add('rooms', () => front.close());
  const urls = {
    http: front.url,
    cos: cos.url,
    trtcApi: trtcApi.url,
    redirectScript: `${front.url}/redirect.js`,
    anchorPage: `${front.url}/anchor.html`,
  };
  return { urls, rooms: rooms.control, cosFaults: cos.faults, close: () => releasers.releaseAll() };
}

function startRooms({ secretKeys, rooms = {}, logger }: SandboxOptions, releasers: Releasers) {
  const keys = secretKeys ?? { [DEFAULT_SDK_APP_ID]: randomBytes(32).toString('hex') };
  const byApp = new Map(Object.entries(keys).map(([sdkAppId, key]) => [Number(sdkAppId), key]));
  const world = new World(byApp, rooms, logger);
  releasers.add('members', () => world.close());
  const signalling = new Signalling(world);
  const control = new RoomsControl({ world, signalling, anchors: new SyntheticAnchors(world) });
  return { world, signalling, control };
}
