import { spawn, spawnSync } from 'node:child_process';

/** npm passes a terminal's Ctrl-C on a second time; within this time it counts as the same one, ms. */
const SAME_SIGNAL_MS = 300;

/**
 * What a short command prints, or null when it is not there or fails.
 * @param {string} command
 * @param {readonly string[]} args
 */
export function output(command, args) {
  const { status, stdout, stderr } = spawnSync(command, args, { encoding: 'utf8', timeout: 20_000 });
  return status === 0 ? `${stdout}${stderr}` : null;
}

/**
 * Runs a command in the foreground, passing on signals; resolves with its exit code.
 *
 * The command gets a process group of its own: otherwise Ctrl-C would reach it once from the terminal and again from
 * here, and two signals mean "stop at once" to the product's processes. What it leaves in that group is ended with it.
 * @param {string} command
 * @param {readonly string[]} args
 * @param {NodeJS.ProcessEnv} [env]
 * @returns {Promise<number>}
 */
export function foreground(command, args, env = process.env) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { stdio: ['ignore', 'inherit', 'inherit'], env, detached: true });
    let last = -Infinity;
    /** @param {NodeJS.Signals} signal */
    const pass = (signal) => {
      const now = performance.now();
      if (now - last > SAME_SIGNAL_MS) signalGroup(child.pid, signal);
      last = now;
    };
    /** @type {NodeJS.Signals[]} */
    const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'];
    for (const signal of signals) process.on(signal, pass);
    /** @param {number} code */
    const end = (code) => {
      for (const signal of signals) process.off(signal, pass);
      resolve(code);
    };
    child.once('error', (error) => {
      console.error(`${command}: ${error.message}`);
      end(127);
    });
    child.once('exit', (code, signal) => {
      signalGroup(child.pid, 'SIGTERM');
      end(code ?? (signal === 'SIGINT' ? 130 : 143));
    });
  });
}

/**
 * @param {number | undefined} leader pid of the group's first process
 * @param {NodeJS.Signals} signal
 */
function signalGroup(leader, signal) {
  try {
    if (leader !== undefined) process.kill(-leader, signal);
  } catch {
    // The group is gone.
  }
}
