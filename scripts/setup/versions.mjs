/** `"v20.19.1"` or `"redis server v=7.0.15 …"` → [20, 19, 1] or [7, 0, 15]; null where no version is found. */
export function parseVersion(text) {
  const match = /(\d+)\.(\d+)(?:\.(\d+))?/.exec(text);
  return match === null ? null : [Number(match[1]), Number(match[2]), Number(match[3] ?? 0)];
}

/** Whether version `a` is at least `b`. */
export function atLeast(a, b) {
  for (let i = 0; i < 3; i += 1) if (a[i] !== b[i]) return a[i] > b[i];
  return true;
}
