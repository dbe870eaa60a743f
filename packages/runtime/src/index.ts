export * from './app-error.ts';
export * from './config.ts';
export * from './lifecycle.ts';
export * from './listen-fault.ts';
export * from './logger.ts';
export * from './misspelling.ts';
export * from './network/index.ts';
export * from './timing.ts';
