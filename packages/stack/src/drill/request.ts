import type { Room } from '@trtc-recorder/contracts';

/** What the keys of a recording's objects begin with (docs/api.md): the stack's bucket has them below /trtc. */
export const objectPrefix = ({ room, requestId }: { room: Room; requestId: string }): string =>
  `trtc/${room.id}/${requestId}/`;
