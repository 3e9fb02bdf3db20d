import { text } from '@sveltejs/kit';
import { isReady } from '#lib/server/lifecycle.ts';
import type { RequestHandler } from './$types';

/** Responds 200 if the database responds and its schema is current, else 503. */
export const GET: RequestHandler = async () =>
	(await isReady())
		? text('ok\n')
		: text('The database does not answer, or its schema is not current\n', { status: 503 });
