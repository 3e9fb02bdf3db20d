import { type AccountRow, findAccountNamed } from '#lib/server/moderation/find-accounts.ts';
import type { AccountOutcome } from '#lib/server/moderation/change-account.ts';
import type { ActionRefused } from '#lib/server/moderation/permission.ts';
import { StartError } from '../failures.ts';
import type { Result } from './define-command.ts';
import { UsageError } from './option-values.ts';

/** Resolves to the account with an exact name. @throws StartError if there is none */
export async function requireAccount(name: string): Promise<AccountRow> {
	const account = await findAccountNamed(name);
	if (account) return account;
	throw new StartError(`Nobody here is called ${JSON.stringify(name)}: check the spelling.`);
}

/** Returns what a command prints about a change of an account. @throws UsageError for an unusable reason or name */
export function resultOf(
	outcome: AccountOutcome | ActionRefused,
	name: string,
	done: string,
	unchanged: string
): Result {
	switch (outcome.kind) {
		case 'done':
			return { lines: [done], json: { name, changed: true } };
		case 'unchanged':
			return { lines: [unchanged], json: { name, changed: false } };
		case 'unknown':
			throw new StartError(`${JSON.stringify(name)} was removed just now.`);
		case 'invalid':
			throw new UsageError(`${outcome.sentence}. Nothing was changed.`);
		case 'forbidden':
			throw new StartError('Only an operator can do that.');
	}
}
