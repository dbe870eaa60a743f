/** The packets of an Ogg Opus file (RFC 3533, RFC 7845) without its two header packets. */
export function opusPackets(file: Buffer): Buffer[] {
  const packets: Buffer[] = [];
  let parts: Buffer[] = [];
  for (let at = 0; at + 27 <= file.length;) {
    const segments = file.readUInt8(at + 26);
    let body = at + 27 + segments;
    for (let index = 0; index < segments; index += 1) {
      const length = file.readUInt8(at + 27 + index);
      parts.push(file.subarray(body, body + length));
      body += length;
      if (length === 255) continue; // goes on in the next segment
      packets.push(Buffer.concat(parts));
      parts = [];
    }
    at = body;
  }
  return packets.slice(2);
}
