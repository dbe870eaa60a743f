export * from './copy/index.ts';
export { JournalEntrySchema, type JournalEntry, type JournalEntryOf } from './journal/journal-entry.ts';
export { spoolNameIn } from './spool-name.ts';
export { openSpool, type Spool, type SpoolOptions } from './spool.ts';
export type { StartTakeOptions } from './take/start-take.ts';
export type { Ended, Take, TakeStats } from './take/take.ts';
