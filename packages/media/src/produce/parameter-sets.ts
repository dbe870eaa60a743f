import { ppsId, spsId, type SetUnits } from '../spool/frames/h264/avc-configuration.ts';
import { nalType, NAL } from './nal-units.ts';

export { avcCodecString, avcConfiguration } from '../spool/frames/h264/avc-configuration.ts';

export type ParameterSets = SetUnits;

export const noSets: ParameterSets = { sps: [], pps: [] };

/** The sets carried by the units of an access unit. */
export const setsOf = (units: readonly Uint8Array[]): ParameterSets => ({
  sps: units.filter((unit) => nalType(unit) === NAL.sps),
  pps: units.filter((unit) => nalType(unit) === NAL.pps),
});

const firstOfEachId = (units: readonly Uint8Array[], id: (unit: Uint8Array) => number): Uint8Array[] => {
  const known = new Map<number, Uint8Array>();
  for (const unit of units) if (!known.has(id(unit))) known.set(id(unit), unit);
  return [...known.values()];
};

/** All sets, one per id; of two that share an id the first counts, the other has to travel with its frames. */
export const mergeSets = (all: readonly ParameterSets[]): ParameterSets => ({
  sps: firstOfEachId(
    all.flatMap(({ sps }) => sps),
    spsId,
  ),
  pps: firstOfEachId(
    all.flatMap(({ pps }) => pps),
    ppsId,
  ),
});

/** The sets that are in force at a place of a stream: of each id the one that came last. */
export class ActiveSets {
  readonly #sps = new Map<number, Uint8Array>();
  readonly #pps = new Map<number, Uint8Array>();

  constructor({ sps, pps }: ParameterSets) {
    this.update([...sps, ...pps]);
  }

  /** Takes in those that an access unit carries. */
  update(units: readonly Uint8Array[]): void {
    for (const unit of units) {
      if (nalType(unit) === NAL.sps) this.#sps.set(spsId(unit), unit);
      if (nalType(unit) === NAL.pps) this.#pps.set(ppsId(unit), unit);
    }
  }

  /** An access unit with all of them: its own delimiter first (H264, 7.4.1.2.3), then the sets, then the rest. */
  addTo(units: readonly Uint8Array[]): Uint8Array[] {
    const isSet = (unit: Uint8Array) => nalType(unit) === NAL.sps || nalType(unit) === NAL.pps;
    const rest = units.filter((unit) => !isSet(unit));
    const delimiters = rest.filter((unit) => nalType(unit) === NAL.aud);
    const others = rest.filter((unit) => nalType(unit) !== NAL.aud);
    return [...delimiters, ...this.#sps.values(), ...this.#pps.values(), ...others];
  }
}

/** An id that x264 can be given (it numbers both sets alike) without meaning another encoder's, if there is one. */
export const freeId = ({ sps, pps }: ParameterSets): number => {
  const taken = new Set([...sps.map(spsId), ...pps.map(ppsId)]);
  return Array.from({ length: 32 }, (_, id) => id).findLast((id) => !taken.has(id)) ?? 0;
};

/** The sets of an avcC. */
export const parseAvcConfiguration = (record: Uint8Array): ParameterSets => {
  const read = (count: number, offset: number) => {
    const units: Uint8Array[] = [];
    let at = offset;
    for (let index = 0; index < count; index++) {
      const length = ((record[at] ?? 0) << 8) | (record[at + 1] ?? 0);
      units.push(record.subarray(at + 2, at + 2 + length));
      at += 2 + length;
    }
    return { units, at };
  };
  const sps = read((record[5] ?? 0) & 0x1f, 6);
  const pps = read(record[sps.at] ?? 0, sps.at + 1);
  return { sps: sps.units, pps: pps.units };
};
