import type { AppError } from '@trtc-recorder/runtime';
import type { Machine } from '../ports.ts';
import type { CheckName, Health } from './health.ts';

/** The checks that can find the cause of a fault. A browser that does not start has reported itself. */
function checksFor({ code }: AppError): readonly CheckName[] {
  if (code === 'SpoolFull' || code === 'SpoolFailed') return ['directory'];
  if (code === 'BrowserUnavailable' || code === 'BrowserLacksH264') return [];
  // ffmpeg that lacks an encoder ends as if the recording were at fault.
  return code === 'ConvertFailed' ? ['ffmpeg'] : ['directory', 'ffmpeg'];
}

/** The health of this machine, for the flow of a recording. */
export const machine = (health: Health): Machine => ({
  examine: async (fault) => {
    const names = checksFor(fault);
    await health.look(names);
    return names.length === 0 ? health.fails('browser') : names.some((name) => health.fails(name));
  },
});
