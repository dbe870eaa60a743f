/** A number written as so many 255 and a rest (H264, 7.3.2.3.1). */
const readNumber = (unit: Uint8Array, at: number): { value: number; end: number } => {
  let value = 0;
  let end = at;
  for (; unit[end] === 255; end += 1) value += 255;
  return { value: value + (unit[end] ?? 0), end: end + 1 };
};

/** The stop bit and what fills the last byte. */
const isTrailing = (unit: Uint8Array, at: number): boolean => at >= unit.length - 1 && unit[at] === 0x80;

/**
 * Whether the messages of an SEI unit are as long as they say. Applications write their own; one that says too much is
 * no matter to a player, but ffmpeg complains of it as of a broken file, so it is left out.
 */
export const isReadableSei = (unit: Uint8Array): boolean => {
  let at = 1;
  while (at < unit.length && !isTrailing(unit, at)) {
    const type = readNumber(unit, at);
    const size = readNumber(unit, type.end);
    at = size.end + size.value;
    if (at > unit.length) return false;
  }
  return at <= unit.length;
};
