import { encodeClip, type Clip } from './encode.ts';
import { clipSpec, type ClipSpecInput } from './spec.ts';

/** Clips by what they show: each is encoded once, however many anchors send it. */
export class ClipStore {
  readonly #clips = new Map<string, Promise<Clip>>();

  get(input: ClipSpecInput = {}): Promise<Clip> {
    const spec = clipSpec(input);
    const key = JSON.stringify(spec);
    const known = this.#clips.get(key);
    if (known !== undefined) return known;
    const clip = encodeClip(spec);
    this.#clips.set(key, clip);
    clip.catch(() => this.#clips.delete(key)); // a failure is not kept
    return clip;
  }
}
