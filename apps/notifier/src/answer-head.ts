/** So much of an answer's head is kept, bytes. */
const KEPT_BYTES = 64 * 1024;

/** A whole status line, with any line end and with or without a reason phrase. */
const STATUS_LINE = /^[\r\n]*HTTP\/\d(?:\.\d)? +(\d{3})(?:[ \t][^\n]*)?\r?\n/;
const BLANK_LINE = /\r?\n\r?\n/;

/**
 * The head of an answer as it came in, for answers that Node's parser refuses: the receiver has acted on the callback
 * whatever is wrong with its headers, and its status line says how.
 */
export class AnswerHead {
  #text = '';

  add(chunk: Buffer): void {
    this.#text += chunk.subarray(0, KEPT_BYTES - this.#text.length).toString('latin1');
  }

  /** Of the final answer: those before it (100, 103) are passed over. Undefined: its status line is not here (yet). */
  get status(): number | undefined {
    const status = STATUS_LINE.exec(this.#final())?.[1];
    return status === undefined || isInformational(status) ? undefined : Number(status);
  }

  /** A header's value, by its name in lower case. */
  header(name: string): string | undefined {
    const lines = this.#final().split(/\r?\n/).slice(1);
    const line = lines.find((candidate) => candidate.toLowerCase().startsWith(`${name}:`));
    return line?.slice(name.length + 1).trim();
  }

  #final(): string {
    let rest = this.#text;
    for (;;) {
      const status = STATUS_LINE.exec(rest)?.[1];
      const end = BLANK_LINE.exec(rest);
      if (status === undefined || !isInformational(status) || end === null) return rest;
      rest = rest.slice(end.index + end[0].length);
    }
  }
}

const isInformational = (status: string): boolean => status.startsWith('1');
