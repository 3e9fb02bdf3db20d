import { error } from '@sveltejs/kit';
import { requireCursor, requireModerator } from '#lib/http/access.server.ts';
import { readAuditRecords } from '#lib/server/moderation/audit-records.ts';
import { listHidden } from '#lib/server/moderation/hidden-messages.ts';
import { listReported } from '#lib/server/moderation/report-queue.ts';
import { listSuspended } from '#lib/server/moderation/suspensions.ts';
import type { PageServerLoad } from './$types';

/*
 * One route for all lists of moderators, and one for all cases, because the browser loads the table of routes with the first
 * page that anybody opens.
 */

export const load: PageServerLoad = async (event) => {
	requireModerator(event);
	return { view: await readList(event.params.list, event.url), now: Date.now() };
};

async function readList(list: string | undefined, url: URL) {
	const cursor = requireCursor(url);
	switch (list) {
		case undefined:
			return { list: 'reports', page: await listReported(cursor) } as const;
		case 'hidden':
			return { list, page: await listHidden(cursor) } as const;
		case 'suspended':
			return { list, page: await listSuspended(cursor) } as const;
		case 'actions':
			return { list, page: await readAuditRecords(cursor) } as const;
	}
	error(404, 'Page not found');
}
