import type { CosRequest } from './operation.ts';

const MAX_PAGE = 1000;

/** How many entries a listing may have at once: 1000, or fewer when the request says so. */
export function pageSize(request: CosRequest, parameter: string): number {
  const wanted = Number(request.query.get(parameter) ?? MAX_PAGE);
  return Number.isInteger(wanted) && wanted > 0 ? Math.min(wanted, MAX_PAGE) : MAX_PAGE;
}

export function limited<T>(entries: readonly T[], size: number): { page: readonly T[]; truncated: boolean } {
  return { page: entries.slice(0, size), truncated: entries.length > size };
}

/** How keys are written in a listing: as they are, or percent-encoded when the request asks for it. */
export const keyEncoder = (request: CosRequest): ((key: string) => string) =>
  request.query.get('encoding-type') === 'url' ? encodeURIComponent : (key) => key;
