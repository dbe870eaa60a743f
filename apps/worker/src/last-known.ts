/**
 * A value that is asked for elsewhere (Redis) without ever being waited for: each call starts an inquiry unless one is
 * under way, and answers with the last one's outcome. While Redis is away a recording goes on with what it knew.
 */
export function lastKnown<T>(initial: T, ask: () => Promise<T>, onError: (error: unknown) => void): () => T {
  let known = initial;
  let asking = false;
  return () => {
    if (!asking) {
      asking = true;
      ask()
        .then((value) => {
          known = value;
        })
        .catch(onError)
        .finally(() => {
          asking = false;
        });
    }
    return known;
  };
}
