import { describe, expect, test } from '@jest/globals';
import { Receivers, type Report } from '../src/receivers.ts';

const world = () => {
  let now = 1_000;
  const receivers = new Receivers({ parallel: 3, failures: 2, restMs: 30_000 }, () => now);
  return {
    later: (ms: number) => (now += ms),
    admit: (origin = 'http://a') => receivers.admit(origin),
    /** A place that must be free. */
    place: (origin = 'http://a'): Report => {
      const place = receivers.admit(origin);
      if (typeof place === 'number') throw new Error(`no place for ${place} ms`);
      return place;
    },
  };
};

describe('one receiver', () => {
  test('has its share of places, and no more', () => {
    const { admit, place } = world();
    const places = [place(), place(), place()];
    expect(admit()).toBe(1_000);
    expect(typeof admit('http://b')).toBe('function');
    places[0]?.('answered');
    expect(typeof admit()).toBe('function');
  });

  test('that fails several times in a row rests, and others don’t', () => {
    const { admit, place, later } = world();
    place()('failed');
    place()('failed');
    expect(admit()).toBe(30_000);
    later(10_000);
    expect(admit()).toBe(20_000);
    expect(typeof admit('http://b')).toBe('function');
  });

  test('is tried by one alone after its rest, and has all places again when that succeeds', () => {
    const { admit, place, later } = world();
    place()('failed');
    place()('failed');
    later(30_000);
    const trial = place();
    expect(admit()).toBe(1_000);
    trial('answered');
    expect([admit(), admit(), admit()].every((place) => typeof place === 'function')).toBe(true);
  });

  test('rests again when the trial fails', () => {
    const { admit, place, later } = world();
    place()('failed');
    place()('failed');
    later(30_000);
    place()('failed');
    expect(admit()).toBe(30_000);
  });

  test('that was not even asked has its place back, and is blamed for nothing', () => {
    const { admit, place } = world();
    for (let index = 0; index < 10; index += 1) place()('not asked');
    place()('failed');
    place()('not asked');
    expect(typeof admit()).toBe('function');
  });

  test('that answers in between does not rest', () => {
    const { admit, place } = world();
    for (const outcome of ['failed', 'answered', 'failed'] as const) place()(outcome);
    expect(typeof admit()).toBe('function');
  });
});
