import { seeded } from '../../helpers/spool-fixture.ts';
import { audio, type SimulatedSender, type TrackEvent } from './sender.ts';

/** Events of a track keep this far from each other and from the ends, ms. */
const APART_MS = 3_000;

/**
 * A sender and a route within the bounds that the recorder is right for: audio up to 10 % off, video at any rate or
 * counting frames, jumps and stalls of 10 ms to 20 s, a route that grows by up to 500 ms, 0 to 200 ms of jitter, 0 to 15 %
 * of loss, all mixed.
 */
export function randomSender(seed: number): SimulatedSender {
  const random = seeded(seed * 7919 + 1);
  const between = (low: number, high: number): number => low + (high - low) * random();
  const pick = <T>(choices: readonly T[]): T => choices[Math.floor(random() * choices.length)]!;
  const lengthMs = between(15_000, 40_000);
  const events = (): TrackEvent[] => {
    const chosen: TrackEvent[] = [];
    for (
      let at = between(1_500, 12_000);
      at < lengthMs - APART_MS && chosen.length < 3;
      at += between(APART_MS, 15_000)
    ) {
      const ms = Math.exp(between(Math.log(10), Math.log(pick([100, 1_000, 20_000]))));
      chosen.push(
        pick<TrackEvent>([
          { at, do: 'jump', ms },
          { at, do: 'stall', ms: Math.min(ms, lengthMs / 4) },
        ]),
      );
    }
    return pick([[], chosen, chosen.slice(0, 1)]);
  };
  const sound = pick([() => between(-1e-4, 1e-4), () => between(-3e-3, 3e-3), () => between(-0.1, 0.1)])();
  const camera = pick(['exact', 'exact', 'off', 'counts'] as const);
  const fps = pick([10, 15, 24, 30]);
  const rate = camera === 'off' ? pick([1 + between(-0.02, 0.02), between(0.5, 1.8)]) : 1 + between(-1e-4, 1e-4);
  const growMs = pick([0, 0, between(0, 500)]);
  const [fromMs, forMs] = [between(0, lengthMs), between(10_000, 60_000)];
  const slower = { at: between(1_500, lengthMs), do: 'interval', ms: pick([1.25, 2]) * (1000 / fps) } as const;
  return {
    tracks: [
      { ...audio, rate: 1 + sound, events: events() },
      {
        ...{ kind: 'video', intervalMs: 1000 / fps, rate, counts: camera === 'counts' },
        events: camera === 'counts' ? [slower] : events(),
      },
    ],
    lengthMs,
    delayAt: (ms) => 40 + growMs * Math.max(0, Math.min(1, (ms - fromMs) / forMs)),
    jitterMs: pick([0, 5, 30, 100, 200]),
    loss: pick([0, 0.02, 0.05, 0.15]),
    seed,
  };
}
