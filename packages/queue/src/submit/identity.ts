import { createHash, randomUUID } from 'node:crypto';

/**
 * The RequestId. With an idempotency key it follows from the key, so that Redis itself refuses the second job and no
 * table of keys has to be kept in step with the jobs. The key must already carry its scope (caller, app).
 */
export function requestIdFor(idempotencyKey: string | undefined): string {
  if (idempotencyKey === undefined) return randomUUID();
  const bytes = createHash('sha256').update(`idempotency-key:${idempotencyKey}`).digest().subarray(0, 16);
  // Version 8 (custom) and the variant bits of RFC 9562.
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x80, 6);
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}
