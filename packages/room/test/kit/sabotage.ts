import http from 'node:http';
import type { AddressInfo } from 'node:net';
import type { RoomBrowser } from '../../src/index.ts';
import type { World } from './world.ts';

export interface SabotagedBrowser {
  readonly browser: RoomBrowser;
  /** Runs the doom in the page that was opened last. */
  doomLast(): void;
  close(): Promise<void>;
}

/**
 * A browser whose pages run `sabotage` before the SDK is loaded, and `doom` when they are told to. It keeps no spare
 * page, so that a page is a session's.
 */
export async function sabotagedBrowser(world: World, { sabotage = '', doom = '' }): Promise<SabotagedBrowser> {
  const waiting: http.ServerResponse[] = [];
  const server = http.createServer((request, response) => {
    if (request.url === '/doom') {
      waiting.push(response);
      return;
    }
    const wait = `fetch('${origin()}/doom', { mode: 'no-cors' }).then(() => { ${doom} }, () => undefined);`;
    const redirect = `document.write('<script src="${world.sandbox.urls.redirectScript}"></scr' + 'ipt>');`;
    response.setHeader('content-type', 'text/javascript').end(`${sabotage};${wait}${redirect}`);
  });
  const origin = () => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const browser = await world.launch({
    redirectScript: `${origin()}/sabotage.js`,
    sparePage: false,
    // A page that eats all of it is to be done soon.
    chromiumArgs: ['--js-flags=--max-old-space-size=256'],
  });
  return {
    browser,
    doomLast: () => waiting.at(-1)?.end(),
    async close() {
      await browser.close();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
