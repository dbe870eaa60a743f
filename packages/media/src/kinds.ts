import type { Kind, Mode } from '@trtc-recorder/contracts';

const KINDS: Readonly<Record<Mode, readonly Kind[]>> = { '00': ['audio'], '01': ['video'], '02': ['audio', 'video'] };

/** What a mode records: 00 sound, 01 pictures, 02 both. */
export const kindsOf = (mode: Mode): readonly Kind[] => KINDS[mode];
