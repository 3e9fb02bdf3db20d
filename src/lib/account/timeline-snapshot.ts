import type { Snapshot } from '@sveltejs/kit';
import { findForReturn, keepForReturn } from './page-account.ts';
import type { Timeline } from '#lib/server/messages/timelines.ts';

/** The place of a reader in a timeline to which older pages had been added. The messages are kept with their account. */
export interface Place {
	/** The id of the first message. */
	first: number;
	/** How far the page was scrolled, in pixels. */
	scroll: number;
}

/** What a component that shows a timeline can do. */
interface Keeper {
	capture(): Place | null;
	restore(place: Place | null): Promise<void>;
}

/** The snapshot that a page with a timeline exports. */
export function keepPlace(find: () => Keeper | undefined): Snapshot<Place | null> {
	return {
		capture: () => find()?.capture() ?? null,
		restore: (place) => void find()?.restore(place)
	};
}

/** Keeps a timeline, of which a page begins with `first`. */
export function keepTimeline(path: string, first: number, timeline: Timeline): void {
	keepForReturn(`${path} ${first}`, timeline);
}

/** The timeline that was kept for the account of this page; null when there is none. */
export function findTimeline(path: string, first: number): Timeline | null {
	const kept = findForReturn(`${path} ${first}`) as Timeline | null;
	// JSON has made texts of its dates.
	return kept && { ...kept, items: kept.items.map((item) => ({ ...item, posted_at: new Date(item.posted_at) })) };
}
