/**
 * The known name that `name` was probably meant to be: the same but for case, `_` and `-`, or a typing error away
 * (two in names of 8 letters and more). Undefined: none is that near.
 */
export function probablyMeant(name: string, known: readonly string[]): string | undefined {
  const given = plain(name);
  const allowed = given.length >= 8 ? 2 : 1;
  const [best] = known
    .map((candidate) => ({ candidate, distance: typingErrors(given, plain(candidate)) }))
    .filter(({ distance }) => distance <= allowed)
    .sort((a, b) => a.distance - b.distance);
  return best?.candidate;
}

const plain = (name: string): string => name.toLowerCase().replace(/[_-]/g, '');

/** Letters added, left out, replaced or swapped with their neighbour (optimal string alignment distance). */
function typingErrors(a: string, b: string): number {
  if (Math.abs(a.length - b.length) > 2) return Infinity;
  let before: number[] = [];
  let row = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const replaced = at(row, j - 1) + (a[i - 1] === b[j - 1] ? 0 : 1);
      const swapped = a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1] ? at(before, j - 2) + 1 : Infinity;
      next.push(Math.min(replaced, at(row, j) + 1, at(next, j - 1) + 1, swapped));
    }
    before = row;
    row = next;
  }
  return at(row, b.length);
}

const at = (row: readonly number[], index: number): number => row[index] ?? Infinity;
