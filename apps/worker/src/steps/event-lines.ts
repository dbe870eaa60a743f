import type { RoomEvent } from '@trtc-recorder/contracts';

/** A room event as a line of the job's log, or null when a person following it would not miss it. */
export function describeEvent(event: RoomEvent): string | null {
  switch (event.type) {
    case 'entered':
      return 'capture: in the room';
    case 'anchor-enter':
      return `capture: anchor ${quote(event.userId)} came in`;
    case 'anchor-exit':
      return `capture: anchor ${quote(event.userId)} left`;
    case 'available':
      return `capture: ${quote(event.userId)} publishes ${event.stream} ${event.kind}`;
    case 'unavailable':
      return `capture: ${quote(event.userId)} stopped ${event.stream} ${event.kind}`;
    case 'connection':
      return `capture: connection ${event.state}`;
    case 'subscription-failed':
      return `capture: ${quote(event.userId)} ${event.stream} ${event.kind} is not recorded: ${event.cause}`;
    case 'subscription-restored':
      return `capture: ${quote(event.userId)} ${event.stream} ${event.kind} is recorded again`;
    case 'kicked':
      return `capture: removed from the room (${event.reason})`;
    case 'error':
      return `capture: SDK error ${event.code}: ${event.message}`;
    case 'crashed':
      return `capture: ${event.message}`;
    case 'note':
      return `capture: ${event.message.replace(/\p{Cc}/gu, ' ')}`;
    case 'owner':
      return null;
  }
}

/** User ids are strangers' text: quoted as JSON, so that none of them can forge a line. */
const quote = (userId: string): string => JSON.stringify(userId);
