export { JournalEntrySchema, type JournalEntry, type JournalEntryOf } from './journal-entry.ts';
export { openSpool, type Spool, type SpoolOptions, type StartTakeOptions } from './spool.ts';
export type { Take, TakeStats } from './take.ts';
