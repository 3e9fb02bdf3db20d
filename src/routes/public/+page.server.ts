import { requireCursor } from '#lib/http/access.server.ts';
import { readPublicTimeline } from '#lib/server/messages/timelines.ts';
import type { PageServerLoad } from './$types';

export const load: PageServerLoad = async ({ url }) => ({ timeline: await readPublicTimeline(requireCursor(url)) });
