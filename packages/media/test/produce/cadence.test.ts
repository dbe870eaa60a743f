import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Cadence, type PlacedPacket } from '../../src/produce/cadence.ts';
import { concealmentPacket, fillerSizes, packetTicks, silencePacket } from '../../src/produce/opus-packet.ts';

/** 20 ms of CELT, with content. */
const voice = Uint8Array.of(0xf8, 1, 2, 3, 4);
const dtx = Uint8Array.of(0x08);

const at = (index: number, wallMs: number, data = voice, track = 1) => ({ data, track, rtp: index * 960, wallMs });
const silent = (packet: PlacedPacket): boolean => packet.data.length === 3;
const concealed = (packet: PlacedPacket): boolean => packet.data.length === 1;
const lengthMs = (packets: readonly PlacedPacket[]): number =>
  packets.reduce((sum, { durationMs }) => sum + durationMs, 0);

describe('packets', () => {
  test.each([
    ['SILK, 10 ms', [0x00], 480],
    ['SILK, 60 ms', [0x18], 2880],
    ['hybrid, 20 ms', [0x68], 960],
    ['CELT, 2.5 ms', [0xe0], 120],
    ['CELT, two of 20 ms', [0xf9], 1920],
    ['CELT, three of 20 ms', [0xfb, 3], 2880],
    ['nothing', [], 0],
  ])('%s', (_, bytes, ticks) => expect(packetTicks(Uint8Array.from(bytes))).toBe(ticks));

  test.each([120, 240, 480, 960])('fillers of %i ticks last that long', (ticks) => {
    expect(packetTicks(silencePacket(ticks, true))).toBe(ticks);
    expect(packetTicks(concealmentPacket(ticks, false))).toBe(ticks);
  });

  test('any hole is filled to within a shortest frame', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 200_000 }), (ticks) => {
        const filled = [...fillerSizes(ticks)].reduce((sum, size) => sum + size, 0);
        expect(ticks - filled).toBeGreaterThanOrEqual(0);
        expect(ticks - filled).toBeLessThan(120);
      }),
    );
  });
});

describe('the cadence', () => {
  test('leaves what is complete as it is', () => {
    const cadence = new Cadence(0);
    const placed = [0, 1, 2].flatMap((index) => [...cadence.place(at(index, index * 20.004))]);
    expect(placed.map(({ atMs }) => atMs)).toEqual([0, 20.004, 40.008]);
    expect(cadence.silenceMs).toBe(0);
  });

  test('begins with silence when the file began earlier', () => {
    const cadence = new Cadence(0);
    const placed = [...cadence.place(at(0, 1000))];
    expect(placed.slice(0, -1).every(silent)).toBe(true);
    expect(lengthMs(placed)).toBe(1020);
  });

  test('conceals short loss', () => {
    const cadence = new Cadence(0);
    const placed = [...cadence.place(at(0, 0)), ...cadence.place(at(3, 60))];
    expect(placed.filter(concealed)).toHaveLength(2);
    expect(placed.map(({ atMs }) => atMs)).toEqual([0, 20, 40, 60]);
  });

  test('fades into silence for longer', () => {
    const cadence = new Cadence(0);
    const placed = [...cadence.place(at(0, 0)), ...cadence.place(at(100, 2000))];
    expect(lengthMs(placed.filter(concealed))).toBe(60);
    expect(lengthMs(placed.filter(silent))).toBe(2000 - 20 - 60);
  });

  test('goes on with comfort noise after DTX', () => {
    const cadence = new Cadence(0);
    const placed = [...cadence.place(at(0, 0, dtx)), ...cadence.place(at(20, 400, dtx))];
    expect(placed.filter(silent)).toHaveLength(0);
    expect(lengthMs(placed)).toBe(420);
  });

  test('goes by the wall clock when timestamps stood still', () => {
    const cadence = new Cadence(0);
    const placed = [...cadence.place(at(0, 0)), ...cadence.place(at(1, 5020))];
    expect(lengthMs(placed)).toBe(5040);
  });

  test.each([3, 10, 15, 19])('a jump of %i ms without a pause adds nothing', (jumpMs) => {
    const cadence = new Cadence(0);
    const jumped = (index: number) => ({ ...at(index, index * 20), rtp: index * 960 + (index < 3 ? 0 : jumpMs * 48) });
    const placed = [0, 1, 2, 3, 4].flatMap((index) => [...cadence.place(jumped(index))]);
    expect(placed.map(({ atMs }) => atMs)).toEqual([0, 20, 40, 60, 80]);
  });

  test('whatever timestamps and clock say, no packet begins before the one before it', () => {
    const packet = fc.record({
      rtpMs: fc.double({ min: 0, max: 60, noNaN: true }),
      wallMs: fc.double({ min: -25, max: 60, noNaN: true }),
    });
    fc.assert(
      fc.property(fc.array(packet, { maxLength: 100 }), fc.constantFrom(0.9, 1, 1.1), (steps, samplesPerTick) => {
        const cadence = new Cadence(0);
        let [rtp, wallMs] = [0, 0];
        const placed = steps.flatMap((step) => {
          rtp += Math.round(step.rtpMs * 48);
          wallMs += step.wallMs;
          return [...cadence.place({ data: voice, track: 1, rtp, wallMs, samplesPerTick })];
        });
        placed.forEach(({ atMs }, index) => expect(atMs).toBeGreaterThanOrEqual(placed[index - 1]?.atMs ?? 0));
      }),
    );
  });

  test('drops what overlaps, and nothing else', () => {
    const cadence = new Cadence(0);
    const first = [0, 1, 2].flatMap((index) => [...cadence.place(at(index, index * 20))]);
    const second = [0, 1, 2].flatMap((index) => [...cadence.place(at(index, 45 + index * 20, voice, 2))]);
    expect(first).toHaveLength(3);
    expect(second.filter(({ data }) => data === voice).map(({ atMs }) => atMs)).toEqual([65, 85]);
  });

  test('ends where the file ends', () => {
    const cadence = new Cadence(0);
    const placed = [...cadence.place(at(0, 0)), ...cadence.finish(1000)];
    expect(lengthMs(placed)).toBe(1000);
  });

  test('flushes the decoder after the end, which is no silence', () => {
    const cadence = new Cadence(0);
    const placed = [...cadence.place(at(0, 0)), ...cadence.finish(40, 6.5)];
    expect(lengthMs(placed)).toBe(47.5);
    expect(cadence.silenceMs).toBe(20);
  });

  test('any loss: no packet moves, no hole stays, no time is made up', () => {
    fc.assert(
      fc.property(
        fc.array(fc.boolean(), { minLength: 1, maxLength: 300 }),
        fc.integer({ min: 0, max: 500 }),
        (kept, lead) => {
          const cadence = new Cadence(0);
          const placed: PlacedPacket[] = [];
          kept.forEach((keep, index) => {
            if (keep) placed.push(...cadence.place(at(index, lead + index * 20)));
          });
          const endMs = lead + kept.length * 20;
          placed.push(...cadence.finish(endMs));
          const voices = placed.filter((packet) => packet.data === voice).map(({ atMs }) => atMs);
          expect(voices).toEqual(kept.flatMap((keep, index) => (keep ? [lead + index * 20] : [])));
          let cursor = 0;
          for (const { atMs, durationMs } of placed) {
            expect(Math.abs(atMs - cursor)).toBeLessThan(2.5);
            cursor = atMs + durationMs;
          }
          expect(endMs - cursor).toBeLessThan(2.5);
        },
      ),
      { seed: 3 },
    );
  });
});
