import { LRUCache } from 'lru-cache';
import type { VisitorPage } from './visitor-page.server.ts';

/** A page and the state that it shows. */
export interface KeptPage {
	page: VisitorPage;
	route: string;
	state: string;
	/** Resolves to the present state of the page. */
	findState: () => Promise<string | null>;
}

/** A generous estimate of what a page takes in memory beside its bytes: headers, address and objects. */
const OVERHEAD_BYTES = 8192;

/**
 * Rendered pages by address, one state of each. They take at most `maxBytes` together; those unused for the longest
 * time are deleted first.
 */
export class KeptPages {
	readonly #pages: LRUCache<string, KeptPage>;

	constructor(maxBytes: number) {
		this.#pages = new LRUCache({
			maxSize: maxBytes,
			sizeCalculation: ({ page }, address) => page.size + 2 * address.length + OVERHEAD_BYTES
		});
	}

	/** Returns the page with this address, which may show an earlier state. */
	find(address: string): KeptPage | undefined {
		return this.#pages.get(address);
	}

	/** Returns the page with this address if it shows this state and its relative times are right; else null. */
	findValid(address: string, state: string | null): VisitorPage | null {
		const kept = this.#pages.get(address);
		return kept && kept.state === state && Date.now() < kept.page.expiresAt ? kept.page : null;
	}

	keep(address: string, kept: KeptPage): void {
		this.#pages.delete(address);
		this.#pages.set(address, kept);
		kept.page.onGrowth = () => {
			if (this.#pages.peek(address) === kept) this.keep(address, kept);
		};
	}
}
