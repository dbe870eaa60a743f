/** Samples of 48 kHz in one frame by the upper five bits of the TOC byte (RFC 6716, table 2). */
const frameSamples = (config: number): number => {
  if (config < 12) return [480, 960, 1920, 2880][config % 4] ?? 960;
  if (config < 16) return config % 2 === 0 ? 480 : 960;
  return [120, 240, 480, 960][config % 4] ?? 960;
};

/** How long an Opus packet plays, in ticks of 48 kHz, from its TOC byte (RFC 6716, 3.1); 0 when it is empty. */
export const opusPacketTicks = (packet: Uint8Array): number => {
  const toc = packet[0];
  if (toc === undefined) return 0;
  const code = toc & 3;
  const frames = code === 0 ? 1 : code < 3 ? 2 : (packet[1] ?? 1) & 0x3f;
  return frameSamples(toc >> 3) * frames;
};

/** Identification header (RFC 7845, 5.1): two channels, nothing to skip, because a segment begins within a stream. */
export const OPUS_HEAD: Uint8Array = Buffer.concat([
  Buffer.from('OpusHead'),
  Uint8Array.of(1, 2, 0, 0, 0x80, 0xbb, 0, 0, 0, 0, 0),
]);
