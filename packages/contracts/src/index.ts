export * from './error-catalogue.ts';
export * from './frame.ts';
export * from './request.ts';
export * from './result.ts';
export * from './room-event.ts';
export * from './room.ts';
export * from './status.ts';
export * from './timeline.ts';
