import { json } from '@sveltejs/kit';
import { deliver } from '#lib/server/outbox.ts';
import type { RequestHandler } from './$types';

/** Takes one entry of a browser's outbox. Answers with a receipt that names it, or with a sentence. */
export const POST: RequestHandler = async ({ request, locals }) => {
	if (!request.headers.get('content-type')?.startsWith('application/json'))
		return json({ error: 'An entry of an outbox is JSON' }, { status: 415 });
	const body = await readJson(request);
	const delivery = await deliver(body, locals.user, locals.address);
	if ('receipt' in delivery) return json(delivery.receipt);
	if ('limited' in delivery) {
		const headers = { 'retry-after': String(delivery.limited.retryAfterSeconds) };
		return json({ error: 'That is a lot of messages in a short time.' }, { status: 429, headers });
	}
	return json({ error: delivery.error }, { status: delivery.status });
};

/** Undefined when the body is not JSON, or more than the server takes. */
async function readJson(request: Request): Promise<unknown> {
	return request.json().catch(() => undefined);
}
