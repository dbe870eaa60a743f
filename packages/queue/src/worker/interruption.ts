/**
 * Why a run of a job has to end before its work is done. `lost`: another worker has the job, or Redis forgot it;
 * nothing may be written any more. `drain`: this worker is to stop; the job goes back to the queue at once. `kill`: the
 * same, and the process ends within seconds. `crash`: the process ends because of a bug, which the run may have set off;
 * the job isn't given back but found, so that the crash is counted. `handed-back`: the run itself gave the job back.
 * `terminated`: the recording was given up through the API; the job doesn't go back but fails. `out-of-service`: this
 * machine can't go on with it; the job goes back to the queue at once.
 */
export type InterruptionKind = 'lost' | 'drain' | 'kill' | 'crash' | 'handed-back' | 'terminated' | 'out-of-service';

const messages: Record<InterruptionKind, string> = {
  lost: 'another worker has the job, or Redis forgot it',
  drain: 'this worker is stopping; the job is handed over',
  kill: 'this worker is being killed; the job is handed over',
  crash: 'this worker has crashed; the job is left to be found',
  'handed-back': 'the job was given back to the queue',
  terminated: 'the recording was terminated through the API',
  'out-of-service': 'this worker is out of service; the job is handed over',
};

/** The reason of a RecordingJob's signal. Not a failure of the recording: no attempt is counted. */
export class Interruption extends Error {
  override readonly name = 'Interruption';
  readonly kind: InterruptionKind;
  /** ms until the queue may give it out again. */
  readonly delayMs: number;

  constructor(kind: InterruptionKind, delayMs = 0) {
    super(messages[kind]);
    this.kind = kind;
    this.delayMs = delayMs;
  }
}
