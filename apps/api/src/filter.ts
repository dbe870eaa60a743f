import { StateSchema, type Room } from '@trtc-recorder/contracts';
import { z } from 'zod';

const MAX_PAGE = 100;
const whole = (name: string, min: number, max: number) => {
  const error = `${name} must be a whole number from ${min} to ${max}`;
  return z.coerce.number({ error }).int(error).min(min, error).max(max, error);
};
const time = (name: string) =>
  z.iso
    .datetime({ offset: true, error: `${name} must be a time such as 2026-11-24T14:00:00Z` })
    .transform((text) => Date.parse(text));

const filters = {
  State: StateSchema.optional(),
  SdkAppId: whole('SdkAppId', 1, 4294967295).optional(),
  RoomId: whole('RoomId', 1, 4294967294).optional(),
  StrRoomId: z.string().optional(),
  UserId: z.string().optional(),
  /** By the time of submission: from Since on, until before Until. */
  Since: time('Since').optional(),
  Until: time('Until').optional(),
};

const page = {
  Limit: whole('Limit', 1, MAX_PAGE).default(20),
  Cursor: z.string().max(200).optional(),
};

/** A filter that is passed over would show every recording instead of those asked for. */
const only = <S extends z.ZodRawShape>(shape: S) =>
  z.strictObject(shape, {
    error: (issue) =>
      issue.code === 'unrecognized_keys'
        ? `${issue.keys.join(', ')}: unknown; there are ${Object.keys(shape).join(', ')}`
        : undefined,
  });

/** Query of GET /v1/statistics. */
export const FilterSchema = only(filters);
/** Query of GET /v1/recordings. */
export const ListSchema = only({ ...filters, ...page });

/** In the queue's words. */
export const filterOf = (query: z.infer<typeof FilterSchema>) => {
  const { State, SdkAppId, UserId, Since, Until } = query;
  return { state: State, sdkAppId: SdkAppId, room: roomOf(query), userId: UserId, since: Since, until: Until };
};

function roomOf({ RoomId, StrRoomId }: z.infer<typeof FilterSchema>): Room | undefined {
  if (RoomId !== undefined) return { type: 'int', id: RoomId };
  return StrRoomId === undefined ? undefined : { type: 'string', id: StrRoomId };
}
