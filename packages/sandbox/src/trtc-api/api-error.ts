/** An error of the TencentCloud API 3.0; its code goes into `Response.Error.Code`. HTTP status is 200 all the same. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}
