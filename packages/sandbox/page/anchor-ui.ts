import { SWITCHES, type Switch } from './anchor-media.ts';
import type { PageQuery } from './query.ts';
import type { PageEvent } from './room-session.ts';

/** The fields a person can change. */
export type FormFields = Pick<PageQuery, 'room' | 'type' | 'user' | 'media'>;

export interface Verbs {
  readonly join: (fields: FormFields) => Promise<void>;
  readonly leave: () => Promise<void>;
  readonly set: (what: Switch, on: boolean) => Promise<void>;
  readonly problem: (error: unknown) => void;
}

export function element(id: string): HTMLElement {
  const found = document.getElementById(id);
  if (found === null) throw new Error(`no element #${id}`);
  return found;
}

const field = (id: string) => element(id) as HTMLInputElement | HTMLSelectElement;

export function writeForm({ room, type, user, media }: PageQuery): void {
  for (const [id, value] of Object.entries({ room, type, user, media })) field(id).value = value;
}

const readForm = (): FormFields => ({
  room: field('room').value,
  type: field('type').value === 'int' ? 'int' : 'string',
  user: field('user').value,
  media: field('media').value as FormFields['media'],
});

const pressed = (id: Switch) => element(id).getAttribute('aria-pressed') === 'true';
const press = (id: Switch, on: boolean) => element(id).setAttribute('aria-pressed', String(on));

/** `out`, `busy` or `in`: the style sheet shows what can be done in each. */
const setState = (state: 'out' | 'busy' | 'in') => {
  document.body.dataset['state'] = state;
  for (const id of ['room', 'type', 'user', 'media']) field(id).disabled = state !== 'out';
};

export function wireButtons(verbs: Verbs): void {
  setState('out');
  element('join').addEventListener('click', () => {
    setState('busy');
    verbs.join(readForm()).catch(verbs.problem);
  });
  element('leave').addEventListener('click', () => void verbs.leave().catch(verbs.problem));
  for (const id of SWITCHES)
    element(id).addEventListener('click', () => {
      const on = !pressed(id);
      verbs.set(id, on).then(() => press(id, on), verbs.problem);
    });
}

/** Events after which the room is left. */
const ENDINGS = new Set(['left', 'failed', 'kicked-out', 'error']);

/** Shows an event in the list, and what it means for the buttons. */
export function showEvent({ at, name, data }: PageEvent): void {
  const line = document.createElement('li');
  const time = document.createElement('time');
  time.textContent = new Date(at).toLocaleTimeString();
  line.append(time, ` ${name} `, code(data));
  element('events').prepend(line);
  if (name === 'entered') setState('in');
  if (ENDINGS.has(name)) {
    setState('out');
    for (const id of SWITCHES) press(id, false);
  }
  showPublishing(name, data);
}

/** The SDK's publish-state-changed keeps the toggles true whoever started or stopped what. */
function showPublishing(name: string, data: unknown): void {
  if (name !== 'publish-state-changed') return;
  const { mediaType, state } = data as { mediaType: Switch; state: string };
  if (SWITCHES.includes(mediaType) && state !== 'starting') press(mediaType, state === 'started');
}

function code(data: unknown): HTMLElement {
  const text = JSON.stringify(data);
  const shown = document.createElement('code');
  shown.textContent = text === '{}' ? '' : text;
  return shown;
}
