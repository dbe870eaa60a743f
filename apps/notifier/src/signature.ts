import { createHmac } from 'node:crypto';
import { AppError } from '@trtc-recorder/runtime';

/** Keys by SdkAppId; the entry without one is for all other apps. */
export interface SigningKeys {
  readonly byApp: ReadonlyMap<string, string>;
  readonly others: string | undefined;
}

/** `sdkAppId:key` or `key`. Error: InvalidConfiguration. */
export function signingKeys(entries: readonly string[]): SigningKeys {
  const byApp = new Map<string, string>();
  let others: string | undefined;
  for (const entry of entries) {
    if (/^\d*:$/.test(entry))
      throw new AppError(
        'InvalidConfiguration',
        `CALLBACK_SIGNING_KEYS: ${entry} has no key: write sdkAppId:key, or key`,
      );
    const [, app, key] = /^(\d+):(.+)$/.exec(entry) ?? [];
    if (app !== undefined && key !== undefined) byApp.set(app, key);
    else others = entry;
  }
  return { byApp, others };
}

/**
 * Value of X-Signature: `t=<seconds since the epoch>,v1=<hex>`, where v1 is HMAC-SHA256 with the app's key over
 * `<t>.<raw body>`. A receiver computes it again, compares in constant time, and refuses an old t.
 */
export function signature(key: string, body: string, nowMs: number): string {
  const t = Math.floor(nowMs / 1000);
  return `t=${t},v1=${createHmac('sha256', key).update(`${t}.${body}`).digest('hex')}`;
}

export const keyFor = ({ byApp, others }: SigningKeys, sdkAppId: string): string | undefined =>
  byApp.get(sdkAppId) ?? others;
