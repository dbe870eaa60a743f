/** How often the connection is asked, ms. */
const TICK_MS = 1_000;
/** Chromium checks its path at least every 2.5 s, and several times a second while nothing arrives on it. */
const SILENT_MS = 2_000;
/** So many checks without an answer are no accident. */
const UNANSWERED = 2;

/** How often a path was checked by STUN requests, and how many were answered. */
export interface PathChecks {
  readonly sent: number;
  readonly answered: number;
}

export interface PathWatchPorts {
  /** The checks of the connection that media comes by; undefined while there is none. */
  checks(): Promise<PathChecks | undefined>;
  changed(state: 'path silent' | 'path alive', previous: 'path silent' | 'path alive'): void;
  now(): number;
}

/**
 * Finds out within seconds whether the recorder's own path is dead: its connectivity checks stay without an answer. Media
 * that doesn't come while they are answered is missing on the anchor's side. Chromium's connection state says the same
 * only after 5 to 10 s.
 */
export class PathWatch {
  readonly #ports: PathWatchPorts;
  #last: PathChecks | undefined;
  #answeredAt = 0;
  #sentThen = 0;
  #silent = false;
  #busy = false;

  constructor(ports: PathWatchPorts) {
    this.#ports = ports;
  }

  start(): void {
    setInterval(() => void this.tick().catch(() => undefined), TICK_MS);
  }

  async tick(): Promise<void> {
    if (this.#busy) return;
    this.#busy = true;
    try {
      const checks = await this.#ports.checks();
      if (checks !== undefined) this.#look(checks);
    } finally {
      this.#busy = false;
    }
  }

  #look(checks: PathChecks): void {
    const now = this.#ports.now();
    const last = this.#last;
    this.#last = checks;
    // Another path begins to count from 0.
    const isNew = last === undefined || checks.sent < last.sent || checks.answered < last.answered;
    if (isNew || checks.answered > last.answered) {
      this.#answeredAt = now;
      this.#sentThen = checks.sent;
      if (!isNew || checks.answered > 0) this.#set(false);
      return;
    }
    if (checks.sent - this.#sentThen >= UNANSWERED && now - this.#answeredAt >= SILENT_MS) this.#set(true);
  }

  #set(silent: boolean): void {
    if (silent === this.#silent) return;
    this.#silent = silent;
    if (silent) this.#ports.changed('path silent', 'path alive');
    else this.#ports.changed('path alive', 'path silent');
  }
}

/** The checks of the candidate pair that a connection uses. */
export async function checksOf(connection: RTCPeerConnection): Promise<PathChecks | undefined> {
  let checks: PathChecks | undefined;
  (await connection.getStats()).forEach((report: RTCStats) => {
    if (report.type !== 'candidate-pair') return;
    const {
      nominated,
      requestsSent = 0,
      responsesReceived = 0,
    } = report as RTCIceCandidatePairStats & {
      requestsSent?: number;
      responsesReceived?: number;
    };
    if (nominated === true) checks = { sent: requestsSent, answered: responsesReceived };
  });
  return checks;
}
