import type { Account, Summary } from './account.ts';

const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;

/** The account of one drill as a person reads it. */
export function readable(account: Account): string {
  const { recordings, delivered, gapMs, struckSteps, leftovers, findings } = account;
  const steps = [...struckSteps].map(([step, times]) => `${step} ${times}`).join(', ');
  const lines = [
    `${account.drill}: ${account.runs} ${account.runs === 1 ? 'run' : 'runs'}${steps === '' ? '' : `, struck in: ${steps}`}`,
    `  recordings  ${recordings} started, ${delivered} delivered, ${account.recordingsLost} lost`,
    `  media       ${seconds(account.publishedMs)} published, ${seconds(account.deliveredMs)} delivered, ` +
      `${seconds(account.mediaLostMs)} lost (${account.mediaLostMsMax} ms at worst)`,
    `  gaps        ${gapMs.length}${gapMs.length === 0 ? '' : `: median ${median(gapMs)} ms, worst ${account.gapMsMax} ms`}`,
    `  accounted   files and gaps are what was sent within ${account.accountErrorMsMax} ms`,
    `  in step     within ${Math.round(account.skewMsMax)} ms`,
    `  callbacks   ${account.callbacksSent} sent, ${account.callbacksReceived} received, ` +
      `${account.callbacksLost} lost, ${account.callbacksDuplicate} duplicate`,
    `  orphans     ${leftovers.length === 0 ? 'none' : leftovers.join('; ')}`,
    ...(findings.length === 0 ? ['  reached     all aims'] : findings.map((finding) => `  MISSED      ${finding}`)),
  ];
  return lines.join('\n');
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((one, other) => one - other);
  return Math.round(sorted[Math.floor(sorted.length / 2)] ?? 0);
}

/** What `--json` tells of a drill. */
export const summary = (account: Account): Summary => ({
  drill: account.drill,
  runs: account.runs,
  recordingsLost: account.recordingsLost,
  mediaLostMsMax: account.mediaLostMsMax,
  gapMsMax: account.gapMsMax,
  accountErrorMsMax: account.accountErrorMsMax,
  callbacksLost: account.callbacksLost,
  callbacksDuplicate: account.callbacksDuplicate,
  orphans: account.orphans,
});
