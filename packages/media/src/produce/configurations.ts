import type { Piece } from '../plan/file-plan.ts';
import { PLAIN, signalOf, VP8_SIGNAL, type Signal } from '../spool/frames/h264/vui.ts';
import { readParameterSets } from './avc-reader.ts';
import { noSets, type ParameterSets } from './parameter-sets.ts';
import type { Workshop } from './workshop.ts';

/** The parameter sets of segments. Those of a track change with its configuration only, so each is read once. */
export class Configurations {
  readonly #workshop: Workshop;
  readonly #known = new Map<string, ParameterSets>();

  constructor(workshop: Workshop) {
    this.#workshop = workshop;
  }

  /** The sets a segment starts with; none where it is not H264, or cannot be read. */
  async setsOf(piece: Piece): Promise<ParameterSets> {
    if (piece.codec !== 'h264') return noSets;
    const configuration = `${piece.track} ${piece.sps ?? ''}`;
    const known = this.#known.get(configuration) ?? noSets;
    if (known.sps.length > 0) return known;
    const sets = await readParameterSets(piece, this.#workshop);
    this.#known.set(configuration, sets);
    return sets;
  }

  /** How the frames of a segment are to be shown. */
  async signalOf(piece: Piece): Promise<Signal> {
    if (piece.codec === 'vp8') return VP8_SIGNAL;
    if (piece.sps !== undefined) return signalOf(Buffer.from(piece.sps, 'base64'));
    const { sps } = await this.setsOf(piece);
    return sps[0] === undefined ? PLAIN : signalOf(sps[0]);
  }
}
