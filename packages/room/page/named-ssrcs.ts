import { getDirection, getMediaSections, getMid, matchPrefix, parseSsrcMedia } from 'sdp';

/** Directions in which the other side sends. */
const SENDS = new Set(['sendonly', 'sendrecv']);

/**
 * The SSRCs under which a remote description's media sections send, retransmissions included, by the section's mid
 * (RFC 5576, `a=ssrc`). A section that sends nothing now has none.
 */
export function namedSsrcs(sdp: string): Map<string, ReadonlySet<number>> {
  const named = new Map<string, ReadonlySet<number>>();
  for (const section of getMediaSections(sdp)) {
    const sends = SENDS.has(getDirection(section, ''));
    const lines = sends ? matchPrefix(section, 'a=ssrc:') : [];
    named.set(getMid(section), new Set(lines.map((line) => parseSsrcMedia(line).ssrc)));
  }
  return named;
}
