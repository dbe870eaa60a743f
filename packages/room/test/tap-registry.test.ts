import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { TapRegistry } from '../page/tap-registry.ts';

/** What a browser's connection does, as far as the registry looks at it. */
class Connection extends EventTarget {
  readonly connectionState = 'connected';
  readonly transceivers: { mid: string | null; receiver: { track: EventTarget & { kind: string } } }[] = [];
  applying: () => Promise<void> | void = () => undefined;

  addTransceiver(kind: string) {
    const receiver = { track: Object.assign(new EventTarget(), { kind }) };
    const transceiver = { mid: String(this.transceivers.length), receiver };
    this.transceivers.push(transceiver);
    return transceiver;
  }
  getTransceivers() {
    return this.transceivers;
  }
  async setRemoteDescription(): Promise<void> {
    log.push('apply');
    await this.applying();
  }
}

let log: string[];
let fails: string | undefined;
let connection: Connection;
const describe = (...sections: string[][]) => {
  const lines = sections.flatMap(([mid, direction, ...ssrcs]) => [
    'm=audio 9 UDP/TLS/RTP/SAVPF 111',
    ...[`mid:${mid}`, direction!, ...ssrcs.map((ssrc) => `ssrc:${ssrc} cname:x`)].map((line) => `a=${line}`),
  ]);
  const sdp = ['v=0', ...lines, ''].join('\r\n');
  return (connection as unknown as RTCPeerConnection).setRemoteDescription({ type: 'answer', sdp });
};

beforeEach(() => {
  log = [];
  fails = undefined;
  const listener = (line: string) => {
    log.push(line);
    if (line === fails) throw new Error('broken');
  };
  const registry = new TapRegistry({} as Worker, {
    onPath: () => undefined,
    onRelease: ({ tap }) => listener(`release ${tap}`),
    onBound: ({ tap }, { ssrcs }) => listener(`bound ${tap} ${ssrcs === 'any' ? ssrcs : [...ssrcs].join('+')}`),
    onFault: (error) => log.push(String(error)),
  });
  Object.assign(globalThis, { RTCRtpScriptTransform: Object });
  const scope = { RTCPeerConnection: Connection as unknown as typeof RTCPeerConnection };
  registry.install(scope);
  connection = new scope.RTCPeerConnection() as unknown as Connection;
  for (let count = 0; count < 3; count += 1) connection.addTransceiver('audio');
});
afterEach(() => {
  delete (globalThis as { RTCRtpScriptTransform?: unknown }).RTCRtpScriptTransform;
});

test('a receiver is let go before a description gives it other SSRCs, and has them after', async () => {
  await describe(['0', 'sendonly', '1', '2'], ['1', 'inactive'], ['2', 'sendonly']);
  expect(log).toEqual(['release 0', 'release 2', 'apply', 'bound 0 1+2', 'bound 2 any']);
  log = [];
  await describe(['0', 'sendonly', '3'], ['1', 'sendonly', '1'], ['2', 'sendonly']);
  expect(log).toEqual(['release 0', 'release 1', 'apply', 'bound 0 3', 'bound 1 1']);
  log = [];
  await describe(['0', 'sendonly', '3'], ['1', 'inactive'], ['2', 'inactive']);
  expect(log).toEqual(['release 1', 'release 2', 'apply', 'bound 1 ', 'bound 2 ']);
});

test('a description that cannot be applied changes nothing', async () => {
  await describe(['0', 'sendonly', '1']);
  log = [];
  connection.applying = () => Promise.reject(new Error('refused'));
  await expect(describe(['0', 'sendonly', '2'], ['1', 'sendonly', '3'])).rejects.toThrow('refused');
  expect(log).toEqual(['release 0', 'release 1', 'apply', 'bound 0 1', 'bound 1 ']);
});

test('a description is applied whatever becomes of what is noted about it', async () => {
  fails = 'release 0';
  await describe(['0', 'sendonly', '1'], ['1', 'sendonly', '2']);
  expect(log).toEqual(['release 0', 'Error: broken', 'release 1', 'apply', 'bound 0 1', 'bound 1 2']);
});

test('a receiver that gets its tap only within the description has its SSRCs after it', async () => {
  const late = Object.assign(new EventTarget(), { kind: 'audio' });
  const receiver = { track: late };
  connection.applying = () => {
    connection.transceivers.push({ mid: '3', receiver });
    connection.dispatchEvent(Object.assign(new Event('track'), { receiver }));
  };
  await describe(['3', 'sendonly', '9']);
  expect(log).toEqual(['apply', 'bound 3 9']);
});
