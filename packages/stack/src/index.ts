export * from './api-client.ts';
export type { Child } from './child.ts';
export * from './judge/index.ts';
export * from './parts.ts';
export * from './receiver.ts';
export * from './sandbox-client.ts';
export * from './stack.ts';
export * from './wait-for.ts';
