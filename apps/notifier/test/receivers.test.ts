import { describe, expect, test } from '@jest/globals';
import { Receivers, type Outcome, type Report } from '../src/receivers.ts';

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

  test('that failed once has one place until it answers', () => {
    const { admit, place } = world();
    place()('failed');
    const only = place();
    expect(admit()).toBe(1_000);
    only('answered');
    expect([place(), place(), place()]).toHaveLength(3);
  });
});

describe('what rests', () => {
  const fail = (place: (url: string) => Report, url: string, outcome: Outcome) => {
    for (let failure = 0; failure < 2; failure += 1) place(url)(outcome);
  };
  test('is the URL alone when it answered an error or nothing', () => {
    const { admit, place } = world();
    fail(place, 'http://a/x?tenant=1', 'failed');
    expect(admit('http://a/x?tenant=1')).toBe(30_000);
    expect(typeof admit('http://a/x?tenant=2')).toBe('function');
    expect(typeof admit('http://a/y')).toBe('function');
  });
  test('is the host when it can not be reached', () => {
    const { admit, place } = world();
    place('http://a/x')('unreachable');
    place('http://a/y')('unreachable');
    expect(admit('http://a/z')).toBe(30_000);
    expect(typeof admit('http://a:81/z')).toBe('function');
    expect(typeof admit('https://a/z')).toBe('function');
  });
  test('is the path for as long as the receiver asks, then tried by one', () => {
    const { admit, place, later } = world();
    place('http://a/x?id=1')('answered', 600_000);
    expect(admit('http://a/x?id=2')).toBe(600_000);
    expect(typeof admit('http://a/y')).toBe('function');
    later(600_000);
    const trial = place('http://a/x?id=2');
    expect(admit('http://a/x?id=3')).toBe(1_000);
    trial('answered');
    expect(typeof admit('http://a/x?id=3')).toBe('function');
  });
  test('leaves places of its host to its neighbours while it takes its time', () => {
    const { admit, place } = world();
    for (let index = 0; index < 3; index += 1) place('http://a/slow');
    expect(admit('http://a/slow')).toBe(1_000);
    expect(typeof admit('http://a/quick')).toBe('function');
  });
});
