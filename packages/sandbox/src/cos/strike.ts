import type { IncomingMessage, ServerResponse } from 'node:http';
import { sleep } from '@trtc-recorder/runtime';
import { CosError } from './cos-error.ts';
import type { CosFaultRule } from './faults.ts';

/** How much of a body comes through before a connection is reset, at most. */
const RESET_AFTER_BYTES = 64 * 1024;

/**
 * Lets a fault strike before the request is served. True when nothing is left to answer; the signal ends waits when the
 * server closes. Throws the COS error of an `error` fault.
 */
export async function strike(
  rule: CosFaultRule,
  message: IncomingMessage,
  response: ServerResponse,
  signal: AbortSignal,
): Promise<boolean> {
  switch (rule.fault) {
    case 'error':
      throw new CosError(rule.status ?? 503, rule.code ?? 'SlowDown', 'Reduce your request rate.');
    case 'reset':
      await someOf(message);
      message.socket.resetAndDestroy();
      return true;
    case 'stall':
      await sleep(rule.ms ?? 60_000, signal).catch(() => undefined);
      response.destroy();
      return true;
    case 'delay':
      await sleep(rule.ms ?? 1000, signal).catch(() => undefined);
      return false;
    case 'corrupt':
    case 'truncate':
      return false;
  }
}

async function someOf(message: IncomingMessage): Promise<void> {
  let bytes = 0;
  for await (const chunk of message.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes >= RESET_AFTER_BYTES) return;
  }
}
