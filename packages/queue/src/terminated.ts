import { AppError } from '@trtc-recorder/runtime';

/** How a terminated recording, or callback, fails. */
export const terminated = (): AppError => new AppError('Terminated', 'terminated through the API');
