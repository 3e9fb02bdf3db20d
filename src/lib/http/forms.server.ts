import { error } from '@sveltejs/kit';
import { BusyError } from '#lib/server/accounts/passwords.ts';

/**
 * Resolves to the text fields of a posted form; a missing field is ''. Responds with 400 if the body is not a
 * form, and with 413 if it exceeds the server's limit.
 */
export async function readForm<Name extends string>(
	request: Request,
	names: readonly Name[]
): Promise<Record<Name, string>> {
	let form: FormData;
	try {
		form = await request.formData();
	} catch (cause) {
		if (cause instanceof Error && 'status' in cause && cause.status === 413) error(413, 'This request is too large');
		error(400, "This form can't be read");
	}
	const fieldOf = (name: Name) => {
		const value = form.get(name);
		return typeof value === 'string' ? value : '';
	};
	return Object.fromEntries(names.map((name) => [name, fieldOf(name)])) as Record<Name, string>;
}

/** Returns the account id in a form's `owner` field, null if it is empty, or NaN if it is no id. */
export function readOwner(field: string): number | null {
	if (field === '') return null;
	return /^\d+$/.test(field) ? Number(field) : NaN;
}

/** Resolves to the result of `work`, or to 'busy' if the hash queue is full. */
export function unlessBusy<T>(work: Promise<T>): Promise<T | 'busy'> {
	return work.catch((error: unknown) => {
		if (error instanceof BusyError) return 'busy';
		throw error;
	});
}
