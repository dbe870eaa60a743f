import { expect, test } from '@jest/globals';
import { namedSsrcs } from '../page/named-ssrcs.ts';

const description = (...sections: string[][]): string =>
  [
    ['v=0', 'o=- 1 1 IN IP4 127.0.0.1', 's=-', 't=0 0'],
    ...sections.map(([kind, mid, ...lines]) => [`m=${kind} 9 UDP/TLS/RTP/SAVPF 96`, `a=mid:${mid}`, ...lines]),
  ]
    .flat()
    .map((line) => `${line}\r\n`)
    .join('');

test('a description names the SSRCs of each media section that sends', () => {
  const sdp = description(
    ['audio', '0', 'a=recvonly', 'a=ssrc:1 cname:mine'],
    ['audio', '4', 'a=sendonly', 'a=ssrc:3534341559 cname:a', 'a=ssrc:3534341559 msid:a b'],
    ['video', '5', 'a=sendonly', 'a=ssrc-group:FID 5 6', 'a=ssrc:5 cname:a', 'a=ssrc:6 cname:a'],
    ['video', '6', 'a=inactive'],
    ['audio', '7', 'a=sendrecv', 'a=ssrc:7 cname:b'],
    ['audio', '8', 'a=sendonly'],
  );
  const named = [...namedSsrcs(sdp)].map(([mid, ssrcs]) => [mid, ssrcs === 'any' ? ssrcs : [...ssrcs]]);
  expect(named).toEqual([
    ['0', []],
    ['4', [3534341559]],
    ['5', [5, 6]],
    ['6', []],
    ['7', [7]],
    ['8', 'any'],
  ]);
});

test('a description without a media section, or none at all, names nothing', () => {
  expect(namedSsrcs(description()).size).toBe(0);
  expect(namedSsrcs('').size).toBe(0);
});
