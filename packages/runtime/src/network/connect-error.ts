import { isIPv6 } from 'node:net';

/** One address that a connection was tried to, and what came of it: a code of the system (`ECONNREFUSED`, …). */
export interface FailedAddress {
  readonly address: string;
  readonly port: number;
  readonly code: string;
}

/**
 * A connection that could not be made. The message names each address with its own code, and is never empty (that of
 * Node's AggregateError is). `code` is the system's code that is looked up first: that of the last address.
 */
export class ConnectError extends Error {
  override readonly name = 'ConnectError';
  readonly code: string;
  readonly addresses: readonly FailedAddress[];

  constructor(message: string, code: string, addresses: readonly FailedAddress[]) {
    super(message);
    this.code = code;
    this.addresses = addresses;
  }
}

export const addressText = ({ address, port, code }: FailedAddress): string =>
  `${isIPv6(address) ? `[${address}]` : address}:${port} ${code}`;
