import type { StreamType } from '@trtc-recorder/contracts';
import { getDirection, getMediaSections, getMid, matchPrefix, parseMsid, parseSsrcMedia } from 'sdp';

/** Directions in which the other side sends. */
const SENDS = new Set(['sendonly', 'sendrecv']);
/** A stream id as the SDK (5.17.1) writes it: the server's number of the publisher, an SSRC, which stream. */
const STREAM_ID = /^(.+)-\d+-(main|aux)$/;

/** `any`: the section sends, but names no SSRC. */
export type NamedSsrcs = ReadonlySet<number> | 'any';

/** The publisher of a media section, by the server's number for the user. */
export interface Sender {
  readonly publisher: string;
  readonly stream: StreamType;
}

/** What a media section of a remote description delivers. */
export interface NamedSection {
  /** The SSRCs that it names, retransmissions included; none while it doesn't send (RFC 5576, `a=ssrc`). */
  readonly ssrcs: NamedSsrcs;
  /** Absent when the stream id has another form than the SDK's. */
  readonly sender: Sender | undefined;
}

export const NOTHING_NAMED: NamedSection = { ssrcs: new Set(), sender: undefined };

/** The media sections of a remote description, by their mid. */
export function namedSections(sdp: string): Map<string, NamedSection> {
  const named = new Map<string, NamedSection>();
  for (const section of getMediaSections(sdp))
    named.set(getMid(section), SENDS.has(getDirection(section, '')) ? sending(section) : NOTHING_NAMED);
  return named;
}

function sending(section: string): NamedSection {
  const ssrcs = new Set(matchPrefix(section, 'a=ssrc:').map((line) => parseSsrcMedia(line).ssrc));
  return { ssrcs: ssrcs.size > 0 ? ssrcs : 'any', sender: senderOf(section) };
}

function senderOf(section: string): Sender | undefined {
  const streamId = (parseMsid(section) as { stream?: string } | undefined)?.stream;
  const [, publisher, stream] = STREAM_ID.exec(streamId ?? '') ?? [];
  return publisher === undefined ? undefined : { publisher, stream: stream === 'aux' ? 'sub' : 'main' };
}

/** Whether two sections deliver the same: the same SSRCs, or, where none is named, those of the same sender. */
export function sameSection(one: NamedSection, other: NamedSection): boolean {
  const [ssrcs, others] = [one.ssrcs, other.ssrcs];
  if (ssrcs === 'any' || others === 'any') return ssrcs === others && one.sender?.publisher === other.sender?.publisher;
  return ssrcs.size === others.size && [...ssrcs].every((ssrc) => others.has(ssrc));
}
