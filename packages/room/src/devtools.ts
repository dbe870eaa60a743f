import type { Readable, Writable } from 'node:stream';
import { AppError } from '@trtc-recorder/runtime';

type Params = Readonly<Record<string, unknown>>;
export interface DevToolsEvent {
  readonly method: string;
  readonly params: Params;
}
interface Message {
  readonly id?: number;
  readonly method?: string;
  readonly params?: Params;
  readonly result?: unknown;
  readonly error?: { readonly message: string };
}

/**
 * The Chrome DevTools Protocol over Chromium's debugging pipe: JSON messages that end in a NUL byte. Only the browser
 * itself is talked to; nothing attaches to a capture page, which would copy all its traffic into this process again
 * (docs/decisions/0010-capture-page-without-a-driver.md).
 */
export class DevTools {
  readonly #input: Writable;
  readonly #pending = new Map<number, { resolve: (result: unknown) => void; reject: (error: Error) => void }>();
  readonly #listeners = new Set<(event: DevToolsEvent) => void>();
  #rest = '';
  #lastId = 0;
  #closed: AppError | undefined;

  constructor(input: Writable, output: Readable) {
    this.#input = input;
    // The pipe breaks when the browser dies, which its exit tells better.
    input.on('error', () => undefined);
    output.on('error', () => undefined);
    output.setEncoding('utf8');
    output.on('data', (text: string) => this.#receive(text));
  }

  onEvent(listener: (event: DevToolsEvent) => void): void {
    this.#listeners.add(listener);
  }

  /** One command; `sessionId` addresses an attached target. */
  send(method: string, params: Params = {}, sessionId?: string): Promise<unknown> {
    if (this.#closed) return Promise.reject(this.#closed);
    this.#lastId += 1;
    const id = this.#lastId;
    return new Promise((resolve, reject) => {
      this.#pending.set(id, { resolve, reject });
      this.#input.write(
        JSON.stringify({ id, method, params, ...(sessionId === undefined ? {} : { sessionId }) }) + '\0',
      );
    });
  }

  /** The browser is gone: whoever waits for an answer is told why. */
  close(error: AppError): void {
    this.#closed = error;
    for (const { reject } of this.#pending.values()) reject(error);
    this.#pending.clear();
  }

  #receive(text: string): void {
    const parts = (this.#rest + text).split('\0');
    this.#rest = parts.pop() ?? '';
    for (const part of parts) this.#dispatch(JSON.parse(part) as Message);
  }

  #dispatch({ id, method, params, result, error }: Message): void {
    if (id === undefined) {
      if (method !== undefined) for (const listener of this.#listeners) listener({ method, params: params ?? {} });
      return;
    }
    const waiting = this.#pending.get(id);
    this.#pending.delete(id);
    if (error) waiting?.reject(new AppError('BrowserUnavailable', `Chromium refused a command: ${error.message}`));
    else waiting?.resolve(result);
  }
}
