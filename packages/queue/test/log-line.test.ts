import { expect, test } from '@jest/globals';
import { logLine } from '../src/log-line.ts';
import { fixture } from './helpers/fixture.ts';
import { callback, resultFor, sample, secrets } from './helpers/samples.ts';

const at = fixture();

test.each([
  ['a bidi override', 'a\u202eb', 'a\\u{202e}b'],
  ['bidi marks and isolates', '\u200e\u200f\u061c\u2066\u2069', '\\u{200e}\\u{200f}\\u{61c}\\u{2066}\\u{2069}'],
  ['C1 controls: next line, control sequence', 'a\u0085b\u009b31m', 'a\\u{85}b\\u{9b}31m'],
  ['C0 controls', 'a\nb\u001b[2J\u0000', 'a\\u{a}b\\u{1b}[2J\\u{0}'],
  ['line and paragraph separators', '\u2028\u2029', '\\u{2028}\\u{2029}'],
  ['zero-width characters', 'a\u200bb\ufeff', 'a\\u{200b}b\\u{feff}'],
  ['half of a surrogate pair', '\ud83d!', '\\u{d83d}!'],
  ['what can be read stays', '课堂 "a" é 👩‍🏫 עברית', '课堂 "a" é 👩‍🏫 עברית'],
])('a line of a job log: %s', (_, text, escaped) => {
  expect(logLine(text, new Date(0))).toBe(`1970-01-01T00:00:00.000Z ${escaped}`);
});

test("a stranger's user id reaches the log escaped", async () => {
  await at.worker(async (job) => {
    await job.log(`capture: anchor ${JSON.stringify('eve\u202e\u0085ecila')} came in`);
    return resultFor(job.recording);
  });
  const { requestId } = await at.submitter.submit(sample(), secrets, callback);
  await at.reaches(requestId, 'done');
  const lines = (await at.submitter.logs(requestId)) ?? [];
  expect(lines.join('')).toContain('anchor "eve\\u{202e}\\u{85}ecila" came in');
});
