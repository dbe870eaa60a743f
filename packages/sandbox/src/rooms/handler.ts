import type { z } from 'zod';
import { REFUSAL } from './protocol.ts';
import type { Reply, Session } from './session.ts';

/** Takes a request's data as it came, and answers. */
export type Handler = (session: Session, data: unknown, reply: Reply) => void | Promise<void>;

/** A handler of requests whose data follow a schema; others are refused. */
export const handler =
  <S extends z.ZodType>(
    schema: S,
    handle: (session: Session, data: z.output<S>, reply: Reply) => void | Promise<void>,
  ): Handler =>
  (session, data, reply) => {
    const parsed = schema.safeParse(data);
    if (parsed.success) return handle(session, parsed.data, reply);
    session.world.log.note('not understood', { user: session.userId, problem: parsed.error.message });
    reply.refuse(REFUSAL.general, `not understood: ${parsed.error.message}`);
  };
