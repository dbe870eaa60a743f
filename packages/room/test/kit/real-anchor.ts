import { chromium, type Browser, type Page } from 'playwright-core';

/** The verbs of the sandbox's anchor page. */
interface AnchorApi {
  set(what: 'audio' | 'video' | 'screen' | 'muteAudio' | 'muteVideo', on: boolean): Promise<void>;
  leave(): Promise<void>;
}
declare const anchor: AnchorApi;

/** A person's stand-in: the real SDK in a browser of its own, with Chromium's made-up camera and microphone. */
export class RealAnchor {
  readonly #browser: Browser;
  readonly #page: Page;

  private constructor(browser: Browser, page: Page) {
    this.#browser = browser;
    this.#page = page;
  }

  static async join(anchorPage: string, query: Record<string, string>): Promise<RealAnchor> {
    const browser = await chromium.launch({
      executablePath: process.env['CHROMIUM_PATH'] || '/usr/bin/chromium',
      args: [
        '--no-sandbox',
        '--disable-gpu',
        '--disable-features=WebRtcHideLocalIpsWithMdns',
        '--use-fake-device-for-media-stream',
        '--use-fake-ui-for-media-stream',
        '--autoplay-policy=no-user-gesture-required',
      ],
    });
    const page = await browser.newPage();
    await page.goto(`${anchorPage}?${new URLSearchParams({ auto: '1', ...query }).toString()}`);
    return new RealAnchor(browser, page);
  }

  set(...[what, on]: Parameters<AnchorApi['set']>): Promise<void> {
    return this.#page.evaluate(([name, value]) => anchor.set(name, value), [what, on] as const);
  }

  async leave(): Promise<void> {
    await this.#page.evaluate(() => anchor.leave());
  }

  async close(): Promise<void> {
    await this.#browser.close();
  }
}
