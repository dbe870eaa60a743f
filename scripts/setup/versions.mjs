/** @typedef {[major: number, minor: number, patch: number]} Version */

/**
 * `"v20.19.1"`, `"Redis server v=7.0.15 …"` → [20, 19, 1], [7, 0, 15]; null where no version is found.
 * @param {string} text
 * @returns {Version | null}
 */
export function parseVersion(text) {
  const match = /(\d+)\.(\d+)(?:\.(\d+))?/.exec(text);
  return match === null ? null : [Number(match[1]), Number(match[2]), Number(match[3] ?? 0)];
}

/**
 * Whether the first version that `text` names is at least `floor`.
 * @param {string | null} text
 * @param {Version} floor
 */
export function namesAtLeast(text, floor) {
  const version = parseVersion(text ?? '');
  if (version === null) return false;
  const differing = [0, 1, 2].find((i) => version[i] !== floor[i]);
  return differing === undefined || (version[differing] ?? 0) > (floor[differing] ?? 0);
}
