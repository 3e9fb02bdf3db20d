import { type Handle, error as httpError } from '@sveltejs/kit';
import { isUnavailable } from '#lib/server/listening/unavailable.ts';

/** When to ask again, in seconds. */
const RETRY_SECONDS = 1;

/** What a response says about an exception. */
export interface Failure {
	/** 503 if it is worth asking again soon, else 500. */
	status: 500 | 503;
	body: App.Error;
}

/** Returns what a response says about an exception; `id` is the request's. */
export function describeFailure(error: unknown, id: string): Failure {
	return isUnavailable(error)
		? { status: 503, body: { message: "MiniTwit can't be reached right now", id } }
		: { status: 500, body: { message: 'Something went wrong on our side', id } };
}

/**
 * Gives responses the status of the failure that they tell of. SvelteKit answers 500 to any exception, and 200 to one in
 * the data of a page, which the service worker would save in place of the page. For 503, the worker shows its copy.
 */
export const answerFailures: Handle = async ({ event, resolve }) => {
	const response = await Promise.resolve(resolve(event)).catch((error: unknown) => {
		// A hook has failed. SvelteKit sends its own page, with the status of what is thrown here.
		const { status, body } = describeFailure(error, event.locals.requestId);
		if (status === 500) throw error;
		const observed = event.platform?.req.observed;
		observed?.askAgainAfter(RETRY_SECONDS);
		if (observed) observed.error = error;
		httpError(status, body);
	});
	const { failure } = event.locals;
	if (!failure) return response;
	const { status, body } = failure;
	const headers = new Headers(response.headers);
	if (status === 503) headers.set('retry-after', String(RETRY_SECONDS));
	if (!event.isDataRequest) return new Response(response.body, { status, headers });
	headers.delete('content-length');
	return Response.json(body, { status, headers });
};
