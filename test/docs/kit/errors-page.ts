import { errorCatalogue, type Blame, type ErrorEntry } from '@trtc-recorder/contracts';
import { cell, table } from './held-equal.ts';

const INTRODUCTION = `# Errors

Every error of the product has a code. The API answers with it, results and logs name it:

\`\`\`json
{ "RequestId": "…", "Error": { "Code": "InvalidParameter.Field", "Message": "CosConfig.Bucket must be name-appid, …" } }
\`\`\`

**Who acts** says whose move it is. **Retry** says whether the same attempt can succeed later; inside a recording, such
errors are tried again by the product itself before they show in a result.

This page is written from the error catalogue (\`packages/contracts/src/error-catalogue.ts\`) by \`npm run docs\`; a test
holds the two equal.`;

const ACTORS: Record<Blame, string> = {
  caller: 'the caller of the API',
  operator: 'the operator of this deployment',
  tencent: 'nobody here: Tencent Cloud is at fault',
  service: 'the maintainers: a fault of this product',
};

/** docs/errors.md */
export function errorsPage(): string {
  const entries: [string, ErrorEntry][] = Object.entries(errorCatalogue);
  const rows = entries.map(([code, { blame, retryable, status, help }]) => [
    `\`${code}\``,
    status === undefined ? '' : String(status),
    blame,
    retryable ? 'yes' : 'no',
    cell(help),
  ]);
  const actors = Object.entries(ACTORS).map(([blame, actor]) => `- \`${blame}\`: ${actor}`);
  const list = table(['Code', 'HTTP', 'Who acts', 'Retry', 'What happened, what to do'], rows);
  return `${[INTRODUCTION, list, actors.join('\n')].join('\n\n')}\n`;
}
