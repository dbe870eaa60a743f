/** Work that can be interrupted: it yields at places where others may have a turn. */
export type Sliced<T> = Generator<void, T>;

/** A slice ends at the first place to interrupt it after this time, ms: it lasts longer where such places are far apart. */
const SLICE_MS = 20;

/** Does the work at once. */
export const finish = <T>(work: Sliced<T>): T => {
  for (;;) {
    const { done, value } = work.next();
    if (done === true) return value;
  }
};

/** Does the work in slices, between which the event loop serves everything else. */
export async function inSlices<T>(work: Sliced<T>): Promise<T> {
  for (;;) {
    const until = performance.now() + SLICE_MS;
    while (performance.now() < until) {
      const { done, value } = work.next();
      if (done === true) return value;
    }
    await new Promise((resolve) => setImmediate(resolve));
  }
}
