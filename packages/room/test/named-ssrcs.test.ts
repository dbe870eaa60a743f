import { expect, test } from '@jest/globals';
import { namedSections, sameSection } from '../page/named-ssrcs.ts';

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
  const named = [...namedSections(sdp)].map(([mid, { ssrcs }]) => [mid, ssrcs === 'any' ? ssrcs : [...ssrcs]]);
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
  expect(namedSections(description()).size).toBe(0);
  expect(namedSections('').size).toBe(0);
});

const msid = (streamId: string, ssrc = 1) => [`a=ssrc:${ssrc} cname:a`, `a=ssrc:${ssrc} msid:${streamId} track`];
test.each([
  ['144115-77-main', { publisher: '144115', stream: 'main' }],
  ['144115-77-aux', { publisher: '144115', stream: 'sub' }],
  ['whip_anna-b-77-main', { publisher: 'whip_anna-b', stream: 'main' }],
  ['something else', undefined],
  ['144115-main', undefined],
])('stream id %s names the publisher %j', (streamId, sender) => {
  const section = namedSections(description(['video', '4', 'a=sendonly', ...msid(streamId)])).get('4');
  expect(section?.sender).toEqual(sender);
});

test('a section without a=msid and one that sends nothing name no publisher', () => {
  const sdp = description(
    ['video', '4', 'a=sendonly', 'a=ssrc:1 cname:a'],
    ['video', '5', 'a=inactive', ...msid('1-2-main')],
  );
  expect([...namedSections(sdp).values()].map(({ sender }) => sender)).toEqual([undefined, undefined]);
});

test('sections are the same with the same SSRCs, or, without SSRCs, of the same publisher', () => {
  const section = (ssrcs: number[] | 'any', publisher = 'p') => ({
    ssrcs: ssrcs === 'any' ? ssrcs : new Set(ssrcs),
    sender: { publisher, stream: 'main' as const },
  });
  expect(sameSection(section([1, 2]), section([2, 1]))).toBe(true);
  expect(sameSection(section([1, 2]), section([1, 3]))).toBe(false);
  expect(sameSection(section('any'), section([1]))).toBe(false);
  expect(sameSection(section('any'), section('any'))).toBe(true);
  expect(sameSection(section('any'), section('any', 'q'))).toBe(false);
});
