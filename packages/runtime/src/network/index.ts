export { createAgent, type AgentOptions } from './agents.ts';
export { addressText, ConnectError, type FailedAddress } from './connect-error.ts';
export { dial, type DialOptions } from './dial.ts';
export { lookUp, type NameSources } from './name-lookup.ts';
export { proxyFor } from './proxy.ts';
export { proxySettings, proxyVariables, type ProxySettings } from './proxy-variables.ts';
export { askedRestMs, retryAfterMs } from './retry-after.ts';
