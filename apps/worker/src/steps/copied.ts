import type { Job, Ports, RecordingSpool } from '../ports.ts';

/** How long the end of a capture waits for its last seconds to be copied, ms. What is left is copied meanwhile. */
const REST_WITHIN_MS = 10_000;

/**
 * Captures with the spool being copied. Which spools a recording is captured into, and where their copies lie, is kept
 * in the job first: whoever makes the files has to know of those on other disks.
 */
export async function whileCopied<T>(
  job: Job,
  spool: RecordingSpool,
  ports: Ports,
  capture: () => Promise<T>,
): Promise<T> {
  const others = (job.state.spools ?? []).filter((name) => name !== spool.name);
  const copiesIn = job.state.copiesIn ?? ports.copies.place(job);
  await job.save({ spools: [...others, spool.name], copiesIn });
  const finish = ports.copies.begin(job, spool);
  try {
    return await capture();
  } finally {
    await finish(REST_WITHIN_MS);
  }
}
