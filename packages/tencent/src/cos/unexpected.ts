import { AppError } from '@trtc-recorder/runtime';

/**
 * An answer of 200 that is none: an error document, or a web page of whatever stands before COS. The SDK makes an empty
 * answer of it, which reads like an empty list.
 */
export const unexpected = (operation: string): AppError =>
  new AppError('CosUnavailable', `COS answered ${operation} with 200, but not with what was asked for`);

/** Every list that COS gives says whether it is the whole; the SDK's types claim so of any answer. */
export const isListing = (page: { readonly IsTruncated?: string }): boolean => page.IsTruncated !== undefined;
