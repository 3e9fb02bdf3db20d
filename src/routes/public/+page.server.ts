import { requireCursor } from '#lib/edge/access.server.ts';
import { readPublicTimeline } from '#lib/server/timelines.ts';
import type { PageServerLoad } from './$types';

export const load: PageServerLoad = async ({ url }) => ({ timeline: await readPublicTimeline(requireCursor(url)) });
