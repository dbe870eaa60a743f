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

/** Query of GET /v1/statistics. */
export const FilterSchema = z.object(filters);
/** Query of GET /v1/recordings. */
export const ListSchema = z.object({
  ...filters,
  Limit: whole('Limit', 1, MAX_PAGE).default(20),
  Cursor: z.string().max(200).optional(),
});

/** In the queue's words. */
export const filterOf = (query: z.infer<typeof FilterSchema>) => {
  const { State, SdkAppId, UserId, Since, Until } = query;
  return { state: State, sdkAppId: SdkAppId, room: roomOf(query), userId: UserId, since: Since, until: Until };
};

function roomOf({ RoomId, StrRoomId }: z.infer<typeof FilterSchema>): Room | undefined {
  if (RoomId !== undefined) return { type: 'int', id: RoomId };
  return StrRoomId === undefined ? undefined : { type: 'string', id: StrRoomId };
}
