import type { Room } from '@trtc-recorder/contracts';
import { z } from 'zod';
import { ApiError } from './api-error.ts';

/** The rooms that the API acts on. False: there is no such room, or the user is not in it. */
export interface ApiRooms {
  removeUser(sdkAppId: number, room: Room, userId: string): boolean;
  dismissRoom(sdkAppId: number, room: Room): boolean;
}

type Action = (parameters: unknown, rooms: ApiRooms) => void;

const SdkAppId = z.int().min(1).max(4294967295);
const RoomId = z.int().min(1).max(4294967294);
const StrRoomId = z.string().min(1).max(64);
const UserIds = z.array(z.string().min(1)).min(1).max(10);

const intRoom = (id: number): Room => ({ type: 'int', id });
const stringRoom = (id: string): Room => ({ type: 'string', id });

function parse<S extends z.ZodType>(schema: S, parameters: unknown): z.infer<S> {
  const parsed = schema.safeParse(parameters);
  if (parsed.success) return parsed.data;
  const field = String(parsed.error.issues[0]?.path[0] ?? '');
  const missing = typeof parameters === 'object' && parameters !== null && !(field in parameters);
  throw missing
    ? new ApiError('MissingParameter', `The request is missing the required parameter \`${field}\`.`)
    : new ApiError(`InvalidParameter.${field}`, `The parameter \`${field}\` is invalid.`);
}

function remove(rooms: ApiRooms, sdkAppId: number, room: Room, userIds: readonly string[]): void {
  const removed = userIds.filter((userId) => rooms.removeUser(sdkAppId, room, userId));
  if (removed.length === 0) throw new ApiError('FailedOperation.UserNotExist', 'The user is not in the room.');
}

function dismiss(rooms: ApiRooms, sdkAppId: number, room: Room): void {
  if (!rooms.dismissRoom(sdkAppId, room))
    throw new ApiError('FailedOperation.RoomNotExist', 'The room does not exist.');
}

/** By the name in `X-TC-Action`. */
export const actions: ReadonlyMap<string, Action> = new Map<string, Action>([
  [
    'RemoveUser',
    (parameters, rooms) => {
      const request = parse(z.object({ SdkAppId, RoomId, UserIds }), parameters);
      remove(rooms, request.SdkAppId, intRoom(request.RoomId), request.UserIds);
    },
  ],
  [
    'RemoveUserByStrRoomId',
    (parameters, rooms) => {
      const request = parse(z.object({ SdkAppId, RoomId: StrRoomId, UserIds }), parameters);
      remove(rooms, request.SdkAppId, stringRoom(request.RoomId), request.UserIds);
    },
  ],
  [
    'DismissRoom',
    (parameters, rooms) => {
      const request = parse(z.object({ SdkAppId, RoomId }), parameters);
      dismiss(rooms, request.SdkAppId, intRoom(request.RoomId));
    },
  ],
  [
    'DismissRoomByStrRoomId',
    (parameters, rooms) => {
      const request = parse(z.object({ SdkAppId, RoomId: StrRoomId }), parameters);
      dismiss(rooms, request.SdkAppId, stringRoom(request.RoomId));
    },
  ],
]);
