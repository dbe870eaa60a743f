import type { Room } from '@trtc-recorder/contracts';
import { AppError } from '@trtc-recorder/runtime';
import { CloudApiFailure, createCloudApi, type CloudApiOptions } from './cloud-api.ts';
import type { CredentialsProvider } from './credentials/credentials.ts';

export interface TrtcServerApiOptions extends Partial<Pick<CloudApiOptions, 'endpoint' | 'protocol' | 'timeoutMs'>> {
  readonly credentials: CredentialsProvider;
  /** ap-beijing, ap-guangzhou or ap-singapore: the API knows no other. */
  readonly region: string;
}

/**
 * TRTC's server API, as far as it ends recordings. Errors: TrtcApiRejected, with Tencent's code in `details.code`;
 * TrtcApiUnavailable; CredentialsUnavailable.
 */
export interface TrtcServerApi {
  removeUser(sdkAppId: number, room: Room, userId: string): Promise<void>;
  dismissRoom(sdkAppId: number, room: Room): Promise<void>;
}

const VERSION = '2019-07-22';
const DEFAULT_TIMEOUT_MS = 10_000;

export function createTrtcServerApi({
  credentials,
  timeoutMs = DEFAULT_TIMEOUT_MS,
  ...options
}: TrtcServerApiOptions): TrtcServerApi {
  const api = createCloudApi({ service: 'trtc', version: VERSION, timeoutMs, ...options });
  /** Integer and string rooms have actions of their own, with the same parameters. */
  const call = async (action: string, room: Room, parameters: object): Promise<void> => {
    const name = room.type === 'int' ? action : `${action}ByStrRoomId`;
    const keys = await credentials.get();
    await api(name, { ...parameters, RoomId: room.id }, keys).catch((error: unknown) => {
      throw toAppError(name, error);
    });
  };
  return {
    removeUser: (sdkAppId, room, userId) => call('RemoveUser', room, { SdkAppId: sdkAppId, UserIds: [userId] }),
    dismissRoom: (sdkAppId, room) => call('DismissRoom', room, { SdkAppId: sdkAppId }),
  };
}

function toAppError(action: string, error: unknown): unknown {
  if (!(error instanceof CloudApiFailure)) return error;
  const { code, message, requestId, passing } = error;
  const details = { action, code, requestId };
  if (passing) return new AppError('TrtcApiUnavailable', `${action}: ${message}`, { cause: error, details });
  return new AppError('TrtcApiRejected', `${action} was refused: ${code}: ${message}`, { cause: error, details });
}
