import { type ActionFailure, type RequestEvent, error, fail } from '@sveltejs/kit';
import { isolatedName } from '#lib/text/isolated-name.ts';
import type { ChangeOutcome, ConfirmedChange } from '#lib/server/accounts/account-changes.ts';
import { DEVICE_COOKIE } from '#lib/server/accounts/known-devices.ts';
import type { Suspended } from '#lib/server/accounts/suspended-accounts.ts';
import { requireUser } from './access.server.ts';
import { findCookie } from './cookies.server.ts';
import { readForm, readOwner } from './forms.server.ts';
import { explainBusy, explainLimit, refuseSuspended } from './refusals.server.ts';

/** What a settings form shows after a failure: an error of the whole form, errors of its fields, and what was entered. */
export interface RefusedForm<Field extends string> {
	error?: string;
	errors: Partial<Record<Field, string>>;
	entered: Partial<Record<Field, string>>;
}

/** Reads a form that changes the account of the logged-in user. Redirects a visitor to the log-in page. */
export async function readAccountForm<Name extends string>(
	event: RequestEvent,
	names: readonly Name[]
): Promise<{ change: ConfirmedChange; fields: Record<Name, string> }> {
	const user = requireUser(event);
	const fields = await readForm(event.request, [...names, 'owner', 'password'] as const);
	const member = { ...user, address: event.locals.address };
	const device = findCookie(event, DEVICE_COOKIE);
	return { change: { member, owner: readOwner(fields.owner), password: fields.password, device }, fields };
}

/**
 * Returns the failure that a settings page shows, or null after a success. `entered` is what the form shows again, never
 * a password. Responds with 409 to a form of another account.
 */
export function refuseAccountForm<Field extends string>(
	event: RequestEvent,
	outcome: ChangeOutcome<Field> | Suspended | 'busy',
	entered: Partial<Record<Field, string>> = {}
): ActionFailure<RefusedForm<Field>> | null {
	if (outcome === 'busy') return fail(503, { error: explainBusy(event), errors: {}, entered });
	switch (outcome.kind) {
		case 'done':
			return null;
		case 'invalid':
			return fail(400, { errors: outcome.sentences, entered });
		case 'limited':
			return fail(429, { error: explainLimit(event, outcome.limited, 'Too many attempts.'), errors: {}, entered });
		case 'suspended':
			return fail(403, { error: refuseSuspended(outcome).sentence, errors: {}, entered });
		case 'wrong-account':
			error(409, `You're logged in as ${isolatedName(event.locals.user?.name ?? '')} now. Nothing was changed`);
	}
}
