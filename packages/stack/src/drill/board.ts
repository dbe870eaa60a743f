import { z } from 'zod';

export type CallbackState = 'active' | 'waiting' | 'delayed' | 'failed';

/** A callback as Bull Board shows it. */
export interface BoardCallback {
  /** The RequestId of its recording. */
  readonly id: string;
  readonly state: CallbackState;
  /** ms from its last attempt to the one planned. */
  readonly delay: number;
}

const BASE = '/admin/queues/api/queues';
const MANY = 200;
const LIMIT_MS = 10_000;

const AnswerSchema = z.object({
  queues: z.array(
    z.object({
      name: z.string(),
      jobs: z.array(
        z.object({ id: z.string(), delay: z.number().nullish(), opts: z.looseObject({ delay: z.number().nullish() }) }),
      ),
    }),
  ),
});

/** The callbacks in some states, read as a person would on the board. */
export async function boardCallbacks(apiUrl: string, states: readonly CallbackState[]): Promise<BoardCallback[]> {
  const lists = states.map(async (state) => {
    const query = new URLSearchParams({
      activeQueue: 'callbacks',
      status: state,
      page: '1',
      jobsPerPage: String(MANY),
    });
    const response = await fetch(`${apiUrl}${BASE}?${query.toString()}`, { signal: AbortSignal.timeout(LIMIT_MS) });
    const { queues } = AnswerSchema.parse(await response.json());
    const jobs = queues.find(({ name }) => name === 'callbacks')?.jobs ?? [];
    return jobs.map(({ id, delay, opts }) => ({ id, state, delay: delay ?? opts.delay ?? 0 }));
  });
  return (await Promise.all(lists)).flat();
}

/** Has a delayed callback sent now. That it isn't delayed any more is no error. */
export async function promoteCallback(apiUrl: string, id: string): Promise<void> {
  await fetch(`${apiUrl}${BASE}/callbacks/${encodeURIComponent(id)}/promote`, {
    method: 'PUT',
    signal: AbortSignal.timeout(LIMIT_MS),
  });
}
