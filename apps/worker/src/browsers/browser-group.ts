import type { RoomBrowser } from '@trtc-recorder/room';
import type { BrowserSupply } from './browser-supply.ts';

/** A browser that lived shorter than this died of what it was given, perhaps; ms. */
const YOUNG_MS = 60_000;

/** How a browser died. */
export interface Death {
  /** The recordings that were in it. */
  readonly members: readonly string[];
  /** It took the place of one that had died, and had not lived for long: one of them may have brought down both. */
  readonly again: boolean;
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
  #replacement: boolean;
  #housing: Promise<Housing> | null = null;

  /** `parted`: its recordings come from a browser that has died. */
  constructor(supply: BrowserSupply, onDeath: (group: BrowserGroup, death: Death) => void, { parted = false } = {}) {
    this.#supply = supply;
    this.#onDeath = onDeath;
    this.#replacement = parted;
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
    const replacement = this.#replacement;
    this.#replacement = true;
    housing.browser.onGone(() => {
      const again = replacement && performance.now() - since < YOUNG_MS;
      housing.death = { members: [...this.members], again };
      this.#onDeath(this, housing.death);
    });
    return housing;
  }
}
