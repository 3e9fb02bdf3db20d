import type { Snapshot } from '@sveltejs/kit';
import { findForReturn, saveForReturn } from './page-account.ts';
import type { Timeline } from '#lib/server/messages/timelines.ts';

/** Where the user was in a timeline to which older pages were added. The messages are saved with their account. */
export interface TimelinePosition {
	/** The id of the first message. */
	first: number;
	/** The scroll offset of the page, in pixels. */
	scroll: number;
}

/** The methods that a snapshot calls on the component that shows the timeline. */
interface SnapshotTarget {
	capture(): TimelinePosition | null;
	restore(position: TimelinePosition | null): Promise<void>;
}

/** Returns the snapshot that a page with a timeline exports. */
export function timelineSnapshot(find: () => SnapshotTarget | undefined): Snapshot<TimelinePosition | null> {
	return {
		capture: () => find()?.capture() ?? null,
		restore: (position) => void find()?.restore(position)
	};
}

/** Saves a timeline under the path of its page and the id of its first message. */
export function saveTimeline(path: string, first: number, timeline: Timeline): void {
	saveForReturn(`${path} ${first}`, timeline);
}

/** Returns the timeline saved for this page's account, or null. */
export function findSavedTimeline(path: string, first: number): Timeline | null {
	const saved = findForReturn(`${path} ${first}`) as Timeline | null;
	// JSON turns dates into strings.
	return saved && { ...saved, items: saved.items.map((item) => ({ ...item, posted_at: new Date(item.posted_at) })) };
}
