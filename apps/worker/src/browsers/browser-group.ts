import type { RoomBrowser } from '@trtc-recorder/room';
import type { BrowserSupply } from './browser-supply.ts';

/** A browser that lived shorter than this died of what it was given, perhaps; ms. */
const YOUNG_MS = 60_000;

/** How a browser died. */
export interface Death {
  /** The recordings that were in it. */
  readonly members: readonly string[];
  /** It had not lived for long: one of them may have brought it down. */
  readonly young: boolean;
}

/** A browser, and how it died once it is dead. */
export interface Housing {
  readonly browser: RoomBrowser;
  death: Death | null;
}

/** Recordings that share a browser, which is replaced when it dies. */
export class BrowserGroup {
  readonly members = new Set<string>();
  readonly #supply: BrowserSupply;
  readonly #onDeath: (group: BrowserGroup, death: Death) => void;
  #housing: Promise<Housing> | null = null;

  constructor(supply: BrowserSupply, onDeath: (group: BrowserGroup, death: Death) => void) {
    this.#supply = supply;
    this.#onDeath = onDeath;
  }

  /** Its living browser; those who wait for one wait for the same. Errors: those of a launch. */
  async house(): Promise<Housing> {
    const seen = this.#housing;
    const housing = await seen?.catch(() => null);
    if (housing?.browser.alive === true) return housing;
    // Whoever waited for the same dead browser may have launched already.
    if (this.#housing === seen || this.#housing === null) this.#housing = this.#begin();
    return this.#housing;
  }

  async close(): Promise<void> {
    const housing = await this.#housing?.catch(() => null);
    await housing?.browser.close();
  }

  async #begin(): Promise<Housing> {
    const housing: Housing = { browser: await this.#supply.take(), death: null };
    const since = performance.now();
    housing.browser.onGone(() => {
      housing.death = { members: [...this.members], young: performance.now() - since < YOUNG_MS };
      this.#onDeath(this, housing.death);
    });
    return housing;
  }
}
