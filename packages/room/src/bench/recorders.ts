import { silentLogger } from '@trtc-recorder/runtime';
import { launchChromium } from '../chromium.ts';
import { openPage } from '../page-host.ts';
import { PageServer } from '../page-server.ts';
import { launchRoomBrowser } from '../room-browser.ts';
import type { JoinParams } from '../room-session.ts';
import type { Decode } from '../page-protocol.ts';

/** A recorder under measurement. */
export interface BenchRecorder {
  /** Anchors of which both tracks arrive. */
  anchors(): number;
  /** Frames (the tap) or chunks (MediaRecorder) so far. */
  readonly units: () => number;
  readonly bytes: () => number;
  close(): Promise<void>;
}

export interface RecorderOptions {
  readonly redirectScript: string;
  readonly join: JoinParams;
  readonly chromiumPath?: string | undefined;
  readonly chromiumArgs?: readonly string[] | undefined;
}

/** This package's own recorder. */
export async function tapRecorder(options: RecorderOptions, decode: Decode): Promise<BenchRecorder> {
  const { join, ...rest } = options;
  const browser = await launchRoomBrowser({ ...rest, decode, logger: silentLogger() });
  const tracks = new Map<string, Set<string>>();
  const sum = { units: 0, bytes: 0 };
  await browser.join(join, {
    onFrame({ userId, kind, data }) {
      sum.units += 1;
      sum.bytes += data.length;
      const kinds = tracks.get(userId) ?? new Set();
      tracks.set(userId, kinds.add(kind));
    },
    onEvent: () => undefined,
  });
  return {
    anchors: () => [...tracks.values()].filter((kinds) => kinds.size === 2).length,
    units: () => sum.units,
    bytes: () => sum.bytes,
    close: () => browser.close(),
  };
}

/** The baseline: one MediaRecorder per anchor in a page, or (`record: false`) only the SDK receiving everybody. */
export async function baseline(options: RecorderOptions, record: boolean): Promise<BenchRecorder> {
  const logger = silentLogger();
  // Its own script takes the SDK as it finds it.
  const server = await PageServer.start([options.redirectScript, 'trtc.js', 'media-recorder.entry.js']);
  const { chromiumPath, chromiumArgs } = options;
  const chromium = await launchChromium({ path: chromiumPath, extraArgs: chromiumArgs ?? [], logger });
  const { socket } = await openPage({ chromium, server, logger }, undefined);
  const sum = { units: 0, bytes: 0, anchors: 0 };
  socket.on('message', (data: Buffer, isBinary) => {
    if (!isBinary) sum.anchors = (JSON.parse(data.toString()) as { recorders: number }).recorders;
    else {
      sum.units += 1;
      sum.bytes += data.length;
    }
  });
  socket.send(JSON.stringify({ join: options.join, record }));
  return {
    anchors: () => sum.anchors,
    units: () => sum.units,
    bytes: () => sum.bytes,
    async close() {
      await chromium.close();
      await server.close();
    },
  };
}
