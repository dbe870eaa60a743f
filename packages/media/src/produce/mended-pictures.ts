import { rm } from 'node:fs/promises';
import path from 'node:path';
import type { FrameFormat } from '../plan/picture.ts';
import type { BrokenRun } from './broken-pictures.ts';
import { createVideoFile, type MatroskaFile } from './matroska-file.ts';
import { avcCodecString, avcConfiguration, type ParameterSets } from './parameter-sets.ts';
import { encodeFile, type EncodeSettings } from './picture-encoder.ts';
import type { PicturePlaces } from './picture-places.ts';
import type { Picture } from './picture-writer.ts';
import type { Workshop } from './workshop.ts';

export interface Mending {
  readonly sets: ParameterSets;
  readonly format: FrameFormat;
  readonly settings: EncodeSettings;
  /** Where the file's pictures are, and when it starts on the wall clock. */
  readonly places: PicturePlaces;
  readonly startMs: number;
}

/** The key frame that the decoder begins with: it shows what of the picture before a broken one it can. */
const leadOf = (places: PicturePlaces, { from }: BrokenRun, leastNumber: number): number => {
  let lead = from;
  while (lead > leastNumber && (lead === from || !places.isKey(lead))) lead -= 1;
  return lead;
};

/** Takes the pictures of one run, from its lead on, and gives what a decoder makes of them. */
class MendedRun {
  readonly lead: number;
  readonly #run: BrokenRun;
  readonly #mending: Mending;
  readonly #workshop: Workshop;
  #file: MatroskaFile | undefined;

  constructor(run: BrokenRun, lead: number, mending: Mending, workshop: Workshop) {
    this.lead = lead;
    this.#run = run;
    this.#mending = mending;
    this.#workshop = workshop;
  }

  async take({ data, key }: Picture, number: number): Promise<void> {
    const { sets, format, places } = this.#mending;
    const codec = { codec: 'avc' as const, codecString: avcCodecString(sets), ...format };
    this.#file ??= await createVideoFile(this.#path('in'), { ...codec, description: avcConfiguration(sets) });
    await this.#file.write({ data, key, atMs: places.atMs(number) - places.atMs(this.lead) });
  }

  async *give(): AsyncGenerator<Picture> {
    const { places, startMs, settings } = this.#mending;
    const leadMs = places.atMs(this.lead);
    await this.#file?.close();
    const files = { input: this.#path('in'), output: this.#path('out') };
    const times = { startMs: startMs + leadMs, fromMs: places.atMs(this.#run.from) - leadMs };
    const encoded = await encodeFile({ ...files, ...times, ...settings }, this.#workshop);
    if (encoded !== undefined) yield* encoded.frames();
  }

  async end(): Promise<void> {
    await this.#file?.abandon();
    for (const name of ['in', 'out']) await rm(this.#path(name), { force: true });
  }

  #path(name: string): string {
    return path.join(this.#workshop.workDir, `mended-${name}.mkv`);
  }
}

/** The pictures without those of broken runs, but with what a decoder makes of the runs that are to be mended. */
export async function* mendPictures(
  pictures: AsyncIterable<Picture>,
  runs: readonly BrokenRun[],
  mending: Mending,
  workshop: Workshop,
): AsyncGenerator<Picture> {
  let number = 0;
  let ended = 0;
  const rest = [...runs];
  const next = () => {
    const run = rest.shift();
    return run && { ...run, mend: new MendedRun(run, leadOf(mending.places, run, ended), mending, workshop) };
  };
  let run = next();
  const finish = async function* () {
    if (run === undefined) return;
    if (run.mended) yield* run.mend.give();
    await run.mend.end();
    ended = run.to;
    run = next();
  };
  try {
    for await (const picture of pictures) {
      if (number === run?.to) yield* finish();
      if (run?.mended === true && number >= run.mend.lead) await run.mend.take(picture, number);
      if (number < (run?.from ?? Infinity)) yield picture;
      number += 1;
    }
    yield* finish();
  } finally {
    await run?.mend.end();
  }
}
