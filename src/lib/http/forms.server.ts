import { type RequestEvent, error } from '@sveltejs/kit';
import { BusyError } from '#lib/server/accounts/passwords.ts';
import type { Limited } from '#lib/server/accounts/rate-limits.ts';

/**
 * The text fields of a posted form; a missing field is ''. Answers 400 when the body is no form,
 * and 413 when it is larger than the server takes.
 */
export async function readForm<Name extends string>(
	request: Request,
	names: readonly Name[]
): Promise<Record<Name, string>> {
	let form: FormData;
	try {
		form = await request.formData();
	} catch (cause) {
		if (cause instanceof Error && 'status' in cause && cause.status === 413)
			error(413, 'This is more than MiniTwit takes');
		error(400, 'The form could not be read');
	}
	const fieldOf = (name: Name) => {
		const value = form.get(name);
		return typeof value === 'string' ? value : '';
	};
	return Object.fromEntries(names.map((name) => [name, fieldOf(name)])) as Record<Name, string>;
}

/** The id of the account that a form was made for, from its field; null where it names none. */
export function readOwner(field: string): number | null {
	return field === '' ? null : Number(field);
}

/** The sentence for somebody over a limit; says in `Retry-After` when to come back. */
export function explainLimit(
	event: Pick<RequestEvent, 'setHeaders'>,
	{ retryAfterSeconds }: Limited,
	what: string
): string {
	event.setHeaders({ 'retry-after': String(retryAfterSeconds) });
	const minutes = Math.ceil(retryAfterSeconds / 60);
	return `${what} Try again in ${minutes === 1 ? 'a minute' : `${minutes} minutes`}.`;
}

/** What some work comes to, or 'busy' when too many passwords wait to be hashed for it to be done now. */
export function unlessBusy<T>(work: Promise<T>): Promise<T | 'busy'> {
	return work.catch((error: unknown) => {
		if (error instanceof BusyError) return 'busy';
		throw error;
	});
}

/** The sentence for somebody who comes while too many passwords wait; says in `Retry-After` when to come back. */
export function explainBusy(event: Pick<RequestEvent, 'setHeaders'>): string {
	event.setHeaders({ 'retry-after': '2' });
	return 'Many people are logging in or registering right now. Try again in a moment.';
}
