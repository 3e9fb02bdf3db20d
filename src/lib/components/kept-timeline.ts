import type { Snapshot } from '@sveltejs/kit';
import type { Timeline } from '#lib/server/timelines.ts';

/** A timeline that is kept while its reader is elsewhere. As it comes out of the browser's storage, its dates are texts. */
export interface KeptTimeline {
	timeline: Timeline;
	/** How far the page was scrolled, in pixels. */
	scroll: number;
}

/** What a component that shows a timeline can do. */
interface Keeper {
	capture(): KeptTimeline | null;
	restore(kept: KeptTimeline | null): Promise<void>;
}

/** The snapshot that a page with a timeline exports. */
export function keepTimeline(find: () => Keeper | undefined): Snapshot<KeptTimeline | null> {
	return {
		capture: () => find()?.capture() ?? null,
		restore: (kept) => void find()?.restore(kept)
	};
}
