export * from './credentials/credentials.ts';
export * from './object-key.ts';
export * from './object-store.ts';
export * from './object-url.ts';
export * from './user-sig.ts';
