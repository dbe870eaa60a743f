import { AppError } from '@trtc-recorder/runtime';
import type { Bucket } from './cos/index.ts';

/** `name-appid@region` entries as buckets; undefined (any bucket) when there are none. Error: InvalidConfiguration. */
export function bucketsOf(entries: readonly string[]): Bucket[] | undefined {
  if (entries.length === 0) return undefined;
  return entries.map((entry) => {
    const [name = '', region = '', ...rest] = entry.split('@');
    if (name === '' || region === '' || rest.length > 0)
      throw new AppError('InvalidConfiguration', `SANDBOX_BUCKETS: ${entry} is not of the form name-appid@region`);
    return { name, region };
  });
}
