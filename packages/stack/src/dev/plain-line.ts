/** Not for a person: what every line has, and what the text says already. */
const OMITTED = new Set(['level', 'time', 'app', 'msg', 'pid', 'hostname', 'err']);
const WARNINGS = new Set(['warn', 'error', 'fatal']);
const MAX_VALUE = 200;

/**
 * A process's log line (JSON) as one for a person: `12:00:01 worker-1  warning: text (key=value, …)`. Undefined: it is
 * about no recording and no fault. A line that is no JSON is shown as it is.
 */
export function plainLine(process: string, line: string): string | undefined {
  const fields = fieldsOf(line);
  if (fields === undefined) return line.trim() === '' ? undefined : `${process}  ${line}`;
  const { level, time, msg } = fields;
  const isWarning = WARNINGS.has(String(level));
  const isAboutRecording = 'recording' in fields || ('requestId' in fields && !('route' in fields));
  if (!isWarning && !(level === 'info' && isAboutRecording)) return undefined;
  const details = Object.entries(fields).filter(([name]) => !OMITTED.has(name));
  const facts = [...errorText(fields['err']), ...details.map(([name, value]) => `${name}=${shown(value)}`)];
  const at = typeof time === 'string' ? `${time.slice(11, 19)} ` : '';
  const kind = isWarning ? `${level === 'warn' ? 'warning' : String(level)}: ` : '';
  return `${at}${process}  ${kind}${typeof msg === 'string' ? msg : ''}${facts.length > 0 ? ` (${facts.join(', ')})` : ''}`;
}

function fieldsOf(line: string): Record<string, unknown> | undefined {
  try {
    const parsed: unknown = JSON.parse(line);
    return typeof parsed === 'object' && parsed !== null ? (parsed as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

function errorText(error: unknown): string[] {
  if (typeof error !== 'object' || error === null || !('message' in error)) return [];
  return [String(error.message)];
}

function shown(value: unknown): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return text.length > MAX_VALUE ? `${text.slice(0, MAX_VALUE)}…` : text;
}
