import { text } from '@sveltejs/kit';
import { isReady } from '#lib/server/lifecycle.ts';
import type { RequestHandler } from './$types';

/** The database answers and its schema is current. */
export const GET: RequestHandler = async () =>
	(await isReady())
		? text('ok\n')
		: text('The database does not answer, or its schema is not current\n', { status: 503 });
