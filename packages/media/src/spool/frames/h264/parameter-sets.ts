import type { SetUnits } from './avc-configuration.ts';
import { NAL, nalType } from './nal.ts';
import { parsePps, type Pps } from './pps.ts';
import { parseSps, type Sps } from './sps.ts';

/** The codec configuration pictures are decoded with: what must not change inside a segment. */
export interface H264Config {
  readonly sps: Sps;
  /** The SPS and PPS NAL units themselves. */
  readonly spsNal: Uint8Array;
  readonly ppsNals: readonly Uint8Array[];
}

interface Known<T> {
  readonly nal: Uint8Array;
  readonly value: T;
}

const attempt = <T>(parse: () => T): T | undefined => {
  try {
    return parse();
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
};

/** The parameter sets a track has sent so far; a damaged one is as good as none. */
export class ParameterSets {
  readonly #sps = new Map<number, Known<Sps>>();
  readonly #pps = new Map<number, Known<Pps>>();

  /** Takes in what an access unit carries. */
  update(nals: readonly Uint8Array[]): void {
    for (const nal of nals) {
      if (nalType(nal) === NAL.sps) this.#addSps(nal);
      if (nalType(nal) === NAL.pps) this.#addPps(nal);
    }
  }

  readonly lookup = (ppsId: number): { sps: Sps; pps: Pps } | undefined => {
    const pps = this.#pps.get(ppsId)?.value;
    const sps = pps === undefined ? undefined : this.#sps.get(pps.spsId)?.value;
    return pps === undefined || sps === undefined ? undefined : { sps, pps };
  };

  /** The configuration of a picture that refers to `ppsId`. */
  config(ppsId: number): H264Config | undefined {
    const pps = this.#pps.get(ppsId);
    const sps = pps === undefined ? undefined : this.#sps.get(pps.value.spsId);
    if (pps === undefined || sps === undefined) return undefined;
    const ppsNals = [...this.#pps.values()].filter(({ value }) => value.spsId === sps.value.id).map(({ nal }) => nal);
    return { sps: sps.value, spsNal: sps.nal, ppsNals };
  }

  #addSps(nal: Uint8Array): void {
    const value = attempt(() => parseSps(nal));
    if (value === undefined) return;
    const known = this.#sps.get(value.id);
    if (known !== undefined && Buffer.compare(known.nal, nal) === 0) return;
    this.#sps.set(value.id, { nal: Uint8Array.from(nal), value });
  }

  #addPps(nal: Uint8Array): void {
    const value = attempt(() => parsePps(nal));
    if (value === undefined) return;
    const known = this.#pps.get(value.id);
    if (known !== undefined && Buffer.compare(known.nal, nal) === 0) return;
    this.#pps.set(value.id, { nal: Uint8Array.from(nal), value });
  }
}

const bytesEqual = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0;

export const sameConfig = (a: H264Config, b: H264Config): boolean =>
  a === b ||
  (bytesEqual(a.spsNal, b.spsNal) &&
    a.ppsNals.length === b.ppsNals.length &&
    a.ppsNals.every((nal, index) => bytesEqual(nal, b.ppsNals[index] ?? new Uint8Array())));

/** Its sets for a segment's header. */
export const setsOfConfig = ({ spsNal, ppsNals }: H264Config): SetUnits => ({ sps: [spsNal], pps: ppsNals });
