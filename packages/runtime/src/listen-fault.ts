import { AppError, errorMessage } from './app-error.ts';

/** Why no server can listen there, with the variables that say where, as a fault of the configuration. */
export function listenFault(
  cause: unknown,
  { host, port, hostName, portName }: { host: string; port: number; hostName: string; portName: string },
): AppError {
  const code = typeof cause === 'object' && cause !== null && 'code' in cause ? String(cause.code) : '';
  const faults: Readonly<Record<string, string>> = {
    EADDRINUSE: `${portName}=${port} is in use by another process: stop that one, or set another port`,
    EACCES: `${portName}=${port} may not be opened by this user: set a port above 1023`,
    EADDRNOTAVAIL: `${hostName}=${host} is no address of this machine`,
    ENOTFOUND: `${hostName}=${host} is not a known host name`,
  };
  const problem = faults[code] ?? `${hostName}=${host}, ${portName}=${port}: cannot listen: ${errorMessage(cause)}`;
  return new AppError('InvalidConfiguration', problem, { cause });
}
