import { type ResettableAccount, findAccountToReset } from '#lib/server/accounts/password-reset.ts';
import { StartError } from '../failures.ts';

/** Resolves to the account with an exact name. @throws StartError if there is none */
export async function requireAccount(name: string): Promise<ResettableAccount> {
	const account = await findAccountToReset(name);
	if (account) return account;
	throw new StartError(`Nobody here is called ${JSON.stringify(name)}: check the spelling.`);
}
