import { nalType, NAL } from './nal-units.ts';

/** The parameter sets of an H264 stream. Frames name them by id, so sets of several encoders can live side by side. */
export interface ParameterSets {
  readonly sps: readonly Uint8Array[];
  readonly pps: readonly Uint8Array[];
}

export const noSets: ParameterSets = { sps: [], pps: [] };

/** Reads an unsigned Exp-Golomb number (ITU-T H.264, 9.1) at the start of `data`. Ids are small: 4 bytes hold them. */
const leadingNumber = (data: Uint8Array): number => {
  const bits = Buffer.concat([data.subarray(0, 4), Buffer.alloc(4)]).readUInt32BE(0);
  const zeros = Math.clz32(bits);
  return zeros > 15 ? -1 : (bits >>> (31 - 2 * zeros)) - 1;
};

/** seq_parameter_set_id follows profile, constraints and level (ITU-T H.264, 7.3.2.1.1). */
export const spsId = (unit: Uint8Array): number => leadingNumber(unit.subarray(4));
export const ppsId = (unit: Uint8Array): number => leadingNumber(unit.subarray(1));

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

/** Ids that x264 can be given (it numbers both sets alike) without meaning another encoder's. */
export const freeIds = ({ sps, pps }: ParameterSets): number[] => {
  const taken = new Set([...sps.map(spsId), ...pps.map(ppsId)]);
  return Array.from({ length: 32 }, (_, id) => id).filter((id) => !taken.has(id));
};

/** As many as the record can count; any more have to travel with their frames. */
const MAX_SPS = 31;
const HIGH_PROFILES = new Set([100, 110, 122, 144]);

/** AVCDecoderConfigurationRecord (ISO 14496-15, 5.3.3.1) with profile and constraints of the first set, 4-byte lengths. */
export const avcConfiguration = ({ sps: all, pps }: ParameterSets): Uint8Array => {
  const sps = all.slice(0, MAX_SPS);
  const [first] = sps;
  if (first === undefined) throw new RangeError('an H264 configuration needs a sequence parameter set');
  const level = Math.max(...sps.map((unit) => unit[3] ?? 0));
  const sized = (unit: Uint8Array) => [Buffer.from([unit.length >> 8, unit.length & 0xff]), unit];
  return Buffer.concat([
    Buffer.from([1, first[1] ?? 66, first[2] ?? 0, level, 0xff, 0xe0 | sps.length]),
    ...sps.flatMap(sized),
    Buffer.from([pps.length]),
    ...pps.flatMap(sized),
    // 4:2:0, 8 bits, no extension sets: all a WebRTC sender or our encoder produces.
    ...(HIGH_PROFILES.has(first[1] ?? 0) ? [Buffer.from([0xfd, 0xf8, 0xf8, 0])] : []),
  ]);
};

/** What WebCodecs calls the configuration, such as `avc1.42e01f`. */
export const avcCodecString = ({ sps }: ParameterSets): string =>
  `avc1.${Buffer.from(sps[0]?.subarray(1, 4) ?? [0x42, 0xe0, 0x1f]).toString('hex')}`;

/** How long an avcC's length prefixes are, and its sets. */
export const parseAvcConfiguration = (record: Uint8Array): { lengthSize: number; sets: ParameterSets } => {
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
  return { lengthSize: ((record[4] ?? 3) & 3) + 1, sets: { sps: sps.units, pps: pps.units } };
};
