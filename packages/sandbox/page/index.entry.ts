/** The list of rooms, live. */

interface Member {
  readonly userId: string;
  readonly role: string;
  readonly synthetic: boolean;
  readonly published: {
    readonly state: Record<string, boolean>;
    readonly muted: Record<string, boolean>;
  };
}

interface Room {
  readonly sdkAppId: number;
  readonly room: { readonly type: string; readonly id: string | number };
  readonly members: readonly Member[];
}

const EVERY_MS = 1000;

function byId(id: string): HTMLElement {
  const found = document.getElementById(id);
  if (found === null) throw new Error(`no element #${id}`);
  return found;
}

function cell(...content: (string | Node)[]): HTMLTableCellElement {
  const made = document.createElement('td');
  made.append(...content);
  return made;
}

function link(href: string, text: string): HTMLAnchorElement {
  const made = document.createElement('a');
  made.href = href;
  made.textContent = text;
  return made;
}

const published = ({ published: { state, muted } }: Member): string =>
  Object.entries(state)
    .filter(([, on]) => on)
    .map(([name]) => ((name === 'main' ? muted['video'] : muted[name]) === true ? `${name} (muted)` : name))
    .join(', ');

function row({ sdkAppId, room }: Room, member: Member): HTMLTableRowElement {
  const query = new URLSearchParams({ room: String(room.id), type: room.type, sdkAppId: String(sdkAppId) }).toString();
  const made = document.createElement('tr');
  made.append(
    cell(String(sdkAppId)),
    cell(`${String(room.id)} (${room.type})`),
    cell(member.userId),
    cell(member.synthetic ? `${member.role}, synthetic` : member.role),
    cell(published(member)),
    cell(link(`/audience.html?${query}`, 'watch'), ' · ', link(`/anchor.html?${query}`, 'join')),
  );
  return made;
}

async function refresh(): Promise<void> {
  const response = await fetch('/v1/rooms');
  const { rooms } = (await response.json()) as { rooms: readonly Room[] };
  byId('empty').hidden = rooms.length > 0;
  byId('rooms').hidden = rooms.length === 0;
  const rows = rooms.flatMap((room) => room.members.map((member) => row(room, member)));
  byId('rooms')
    .querySelector('tbody')
    ?.replaceChildren(...rows);
}

const goOn = (): void => {
  void refresh()
    .catch(() => undefined) // the sandbox may be restarting
    .finally(() => setTimeout(goOn, EVERY_MS));
};
goOn();

export {};
