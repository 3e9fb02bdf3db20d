import type { Config } from '#lib/server/config.ts';
import { checkDemoAccounts, checkSimulatorPassword } from '#lib/server/accounts/published-passwords.ts';
import { type Finding, ok, problem, warning } from './finding.ts';

const CHECK = 'configuration';

/** Checks what the servers would refuse to start with, and what others would have to put up with. */
export async function checkConfiguration(config: Config): Promise<Finding[]> {
	const refused = [checkSimulatorPassword(config), await checkDemoAccounts(config)].filter((reason) => reason !== null);
	const findings = refused.map((reason) => problem(CHECK, 'a published password would be accepted', `${reason}.`));
	if (config.isExposed && config.ORIGIN === undefined) {
		const found = 'ORIGIN is not set, although other machines may reach the servers';
		findings.push(warning(CHECK, found, "Set it to the site's address: cookies, links and mails depend on it."));
	}
	if (config.isExposed && config.SMTP_URL === undefined) {
		const advice = 'Set SMTP_URL, or make such links yourself: minitwit users reset-password.';
		findings.push(warning(CHECK, 'no mail server: nobody can ask for a new password', advice));
	}
	return findings.length > 0 ? findings : [ok(CHECK, 'complete')];
}
