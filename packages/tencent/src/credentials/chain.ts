import { AppError, errorMessage } from '@trtc-recorder/runtime';
import type { CredentialsSource, TemporaryCredentials } from './temporary.ts';

/**
 * The first source that gives keys, in order. Once one has, the others are not asked again: keys that change their
 * owner because of a passing fault would be a riddle. Error: CredentialsUnavailable, with what each source said.
 */
export function chained(sources: readonly CredentialsSource[]): CredentialsSource {
  let chosen: CredentialsSource | undefined;
  return {
    name: sources.map(({ name }) => name).join(', '),
    async fetch(): Promise<TemporaryCredentials> {
      const refusals: string[] = [];
      for (const source of chosen === undefined ? sources : [chosen])
        try {
          const credentials = await source.fetch();
          chosen = source;
          return credentials;
        } catch (error) {
          refusals.push(`${source.name}: ${errorMessage(error)}`);
        }
      throw new AppError(
        'CredentialsUnavailable',
        `no Tencent Cloud keys: ${refusals.join('; ') || 'no source is configured'}`,
      );
    },
  };
}
