import { getDirection, getMediaSections, getMid, matchPrefix, parseSsrcMedia } from 'sdp';

/** Directions in which the other side sends. */
const SENDS = new Set(['sendonly', 'sendrecv']);

/** `any`: the section sends, and does not say under which. */
export type NamedSsrcs = ReadonlySet<number> | 'any';

/**
 * The SSRCs under which a remote description's media sections send, retransmissions included, by the section's mid
 * (RFC 5576, `a=ssrc`). A section that sends nothing now has none.
 */
export function namedSsrcs(sdp: string): Map<string, NamedSsrcs> {
  const named = new Map<string, NamedSsrcs>();
  for (const section of getMediaSections(sdp)) {
    const sends = SENDS.has(getDirection(section, ''));
    const ssrcs = new Set(matchPrefix(section, 'a=ssrc:').map((line) => parseSsrcMedia(line).ssrc));
    named.set(getMid(section), sends ? (ssrcs.size > 0 ? ssrcs : 'any') : new Set());
  }
  return named;
}

/** Whether two sections send under the same SSRCs. */
export const sameSsrcs = (one: NamedSsrcs, other: NamedSsrcs): boolean =>
  one === 'any' || other === 'any'
    ? one === other
    : one.size === other.size && [...one].every((ssrc) => other.has(ssrc));
