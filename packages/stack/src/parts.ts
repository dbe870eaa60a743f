/** Ports of the stack's servers; one left out is a free one. */
export interface StackPorts {
  readonly redis?: number;
  readonly api?: number;
  readonly sandboxHttp?: number;
  readonly sandboxCos?: number;
  readonly sandboxTrtcApi?: number;
}

/** Programs the stack runs, by name on PATH or by path. */
export interface Tools {
  readonly redisServer: string;
  readonly chromium: string;
  readonly ffmpeg: string;
  readonly ffprobe: string;
}

/** Addresses of the sandbox, as its ready line tells them. */
export interface SandboxUrls {
  readonly http: string;
  readonly cos: string;
  readonly trtcApi: string;
  readonly redirectScript: string;
  readonly anchorPage: string;
}
