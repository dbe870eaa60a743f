import pLimit from 'p-limit';
import type { AnchorSetup } from '../case.ts';
import { expectedEvents, type ExpectedEvent } from '../expected.ts';
import type { CaseRun } from '../run-case.ts';
import type { Row } from '../row.ts';
import { percentile } from '../statistics.ts';
import { accountError, wrongCauses, wrongLines } from './accounting.ts';
import { copiedOf, type Copied } from './copied.ts';
import { spanError, staysOf } from './durations.ts';
import { findEvents, startsOf, type FoundFile } from './found.ts';
import { isCut, isLost } from './lost.ts';
import { isStalled } from './stalled.ts';
import { isPresent, matchEvents, offsetMs, skewsMs, type MatchedEvent } from './match.ts';

/** Files read at once: each keeps an ffmpeg and its pictures. */
const reading = pLimit(2);

const setupOf = ({ benchCase }: CaseRun, userId: string): AnchorSetup => {
  const setup = benchCase.anchors.find((anchor) => anchor.userId === userId);
  if (setup === undefined) throw new Error(`a file of ${userId}, who is not in the case`);
  return setup;
};

const expectedOf = ({ benchCase, sent, sinceMs, deliveries, cuts }: CaseRun): ExpectedEvent[] =>
  benchCase.anchors
    .flatMap((setup) =>
      expectedEvents(
        sent.filter((each) => each.userId === setup.userId),
        sinceMs,
        setup.driftPpm,
      ).filter((event) => !isStalled(event, setup)),
    )
    .filter((event) => !isLost(event, deliveries) && !isCut(event, cuts));

async function readFiles(run: CaseRun): Promise<FoundFile[]> {
  const starts = await startsOf(run);
  const delivered = run.result.Files.filter(({ Status }) => Status === 1);
  return Promise.all(
    delivered.map((file) => {
      const startMs = starts.get(file.RecordFile);
      if (startMs === undefined) throw new Error(`the timeline does not name ${file.RecordFile}`);
      return reading(() => findEvents(file, run.localPath(file), startMs, setupOf(run, file.UserId)));
    }),
  );
}

/** How far the files lie apart that should share one wall clock; of a single file nothing can be said. */
function alignmentErrorMs(files: readonly FoundFile[], events: readonly MatchedEvent[]): number | null {
  const offsets = files.flatMap((file) => offsetMs(file, events) ?? []);
  return offsets.length < 2 ? null : Math.max(...offsets) - Math.min(...offsets);
}

const total = (copied: readonly (Copied | undefined)[]): Copied | undefined => {
  const known = copied.filter((each) => each !== undefined);
  const sum = (name: keyof Copied) => known.reduce((all, each) => all + each[name], 0);
  // An anchor's files share what was sent to the recorder.
  const sent = Math.max(0, ...known.map(({ dominantFrames }) => dominantFrames));
  return known.length === 0 ? undefined : { copiedFrames: sum('copiedFrames'), dominantFrames: sent };
};

async function copiedFrames(run: CaseRun, files: readonly FoundFile[]): Promise<Copied | undefined> {
  const [first] = run.benchCase.anchors;
  if (first === undefined) return undefined;
  const own = files.filter(({ file }) => file.UserId === first.userId);
  return total(await Promise.all(own.map((file) => reading(() => copiedOf(run, file, first)))));
}

/** ms between two pictures that are shown one after the other. */
const intervalsMs = ({ truth, track }: FoundFile): number[] =>
  track === 'sub' ? [] : truth.pictures.slice(1).map(({ at }, index) => (at - (truth.pictures[index]?.at ?? 0)) * 1000);

/** Holds the delivered files of a case against what its anchors sent. */
export async function judgeCase(run: CaseRun): Promise<Row> {
  const files = await readFiles(run);
  const events = matchEvents(expectedOf(run), files);
  const present = (event: MatchedEvent) => isPresent(event, run.benchCase.network !== undefined);
  const skews = skewsMs(events).map(Math.abs);
  const copied = await copiedFrames(run, files);
  const span = spanError(staysOf(run.deliveries, run.stoppedMs), files);
  const intervals = files.flatMap(intervalsMs);
  return {
    case: run.benchCase.name,
    skewP50Ms: percentile(skews, 0.5),
    skewP95Ms: percentile(skews, 0.95),
    skewMaxMs: percentile(skews, 1),
    eventsExpected: events.length,
    eventsPresent: events.filter(present).length,
    durationErrorMs: span.durationErrorMs,
    decodeErrors: files.reduce((sum, { truth }) => sum + truth.errors.split('\n').filter(Boolean).length, 0),
    copiedFrames: copied?.copiedFrames ?? null,
    dominantFrames: copied?.dominantFrames ?? null,
    alignmentErrorMs: alignmentErrorMs(files, events),
    accountErrorMs: await accountError(run, files),
    beginsLateMs: span.beginsLateMs,
    endsLateMs: span.endsLateMs,
    cadenceP50Ms: percentile(intervals, 0.5),
    cadenceP95Ms: percentile(intervals, 0.95),
    failures: [
      ...run.result.Files.flatMap(({ Status, UserId, Message }) => (Status === 1 ? [] : `${UserId}: ${Message}`)),
      ...(await wrongCauses(run)),
      ...wrongLines(run),
    ],
    missing: events.flatMap((event) => (present(event) ? [] : [event.expected])),
  };
}
