export interface DemoOutput {
  /** A line that stays. */
  say(line: string): void;
  /** How it goes on: on a terminal one line that changes, elsewhere a line when `stage` changes. */
  progress(stage: string, detail: string): void;
}

const CLEAR = '\u001b[2K\r';

/** A terminal shows one line that changes; a file gets a line only for what is new. */
export function demoOutput(out: { readonly isTTY?: boolean; write(text: string): unknown }): DemoOutput {
  let last = '';
  return {
    say: (line) => void out.write(`${out.isTTY === true ? CLEAR : ''}${line}\n`),
    progress: (stage, detail) => {
      const line = out.isTTY === true ? `${stage}, ${detail}` : stage;
      if (line === last) return;
      last = line;
      out.write(out.isTTY === true ? `${CLEAR}${line}` : `${line}\n`);
    },
  };
}
