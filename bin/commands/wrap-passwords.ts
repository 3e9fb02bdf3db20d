import { countWeakHashes, wrapWeakHashes } from '#lib/server/accounts/wrap-weak-hashes.ts';
import { changeOptions, requireConsent } from '../program/changes.ts';
import { defineCommand } from '../program/define-command.ts';

const { yes, by } = changeOptions;

/** The progress is reported after this many accounts. */
const REPORTED_EVERY = 1_000;

export const wrapPasswords = defineCommand({
	name: 'passwords wrap',
	summary: 'Protects the weak password hashes of an older system with Argon2id',
	details:
		'MD5, SHA and PBKDF2 are quickly guessed from a stolen database. Passwords stay as they are, and each is hashed anew ' +
		'when its owner logs in. It takes about 30 ms for each account, and can be interrupted and repeated.',
	options: { yes, by },
	examples: [['passwords wrap --yes', 'after an import']],
	usesDatabase: true,
	async run({ yes }, { terminal, operator }) {
		const weak = await countWeakHashes();
		if (weak === 0) return { lines: ['No password hash is weak.'], json: { wrapped: 0 } };
		await requireConsent(terminal, `Wrap the weak password hashes of ${weak} accounts?`, yes);
		let reported = 0;
		const wrapped = await wrapWeakHashes(operator, (done) => {
			if (done < reported + REPORTED_EVERY) return;
			terminal.report(`${done} of ${weak} …`);
			reported = done;
		});
		return { lines: [`The password hashes of ${wrapped} accounts were wrapped.`], json: { wrapped } };
	}
});
