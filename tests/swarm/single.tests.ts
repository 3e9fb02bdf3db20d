import { mustOperate, on, waitFor } from './lab.ts';
import { createMachine } from './prepare.ts';
import { CRASHING, FIRST_RELEASE, SECOND_RELEASE } from './releases.ts';
import type { SwarmTest } from './tests.ts';
import { unnoticed } from './under-load.ts';

/* MiniTwit on one host: deployment/single. */

const INSTALLATION = '/srv/one/deployment/single';

/** Runs a line of shell in the installation's folder. */
const one = (line: string) => on('one', `cd ${INSTALLATION} && ${line}`);

/** Asks the host for a page, whatever its certificate. Resolves to the status and the body. */
const ask = (host: string, path: string) =>
	mustOperate([
		...['curl', '--silent', '--insecure', '--resolve', `${host}:443:10.78.0.16`],
		...['--write-out', '\n%{http_code}', `https://${host}${path}`]
	]);

async function installs(): Promise<void> {
	await createMachine('one');
	await on('one', 'mkdir -p /srv/one && cp -r /srv/minitwit/deployment /srv/one/');
	await one(`printf '%s\\n' SITE_HOST=minitwit.test IMAGE_TAG=${FIRST_RELEASE} IMAGE_PREFIX=10.77.0.1:5000/minitwit/ \\
		COMPOSE_PROFILES= DATABASE_MEMORY_MB=256 >.env`);
	// The database's image is built on a real host; the lab has it already.
	await on('one', 'docker tag 10.77.0.1:5000/minitwit-database:18.4 minitwit-database:18.4');
	await one('./prepare.sh && docker compose pull --quiet web api migrate && docker compose up --detach --wait');
	for (const [host, path] of [
		['minitwit.test', '/public'],
		['api.minitwit.test', '/latest']
	] as const) {
		const answer = await ask(host, path);
		if (!answer.endsWith('200')) throw new Error(`https://${host}${path}: ${answer}`);
	}
}

async function isHealthy(): Promise<void> {
	await waitFor('the first backup is made', 60, async () => {
		const list = await one('docker compose exec -T --user postgres postgres pgbackrest --stanza=minitwit info');
		return list.includes('full backup') ? true : null;
	});
	await one('./doctor.sh');
}

async function requireRelease(expected: string): Promise<void> {
	const answer = await ask('minitwit.test', '/_app/version.json');
	if (!answer.includes(`"${expected}"`)) throw new Error(`The release is ${answer}`);
}

async function upgrades(): Promise<string> {
	const password = await one('cat app-secrets/simulator_password');
	const figures = await unnoticed(() => one(`./upgrade.sh ${SECOND_RELEASE}`), {
		ADDRESS: '10.78.0.16',
		NODE_TLS_REJECT_UNAUTHORIZED: '0',
		SIMULATOR_PASSWORD: password
	});
	await requireRelease(SECOND_RELEASE);
	return figures;
}

async function keepsTheOldOne(): Promise<void> {
	const output = await one(`! timeout 300 ./upgrade.sh ${CRASHING} 2>&1`);
	if (!output.includes('keeps running')) throw new Error(output);
	await requireRelease(SECOND_RELEASE);
	await one('./doctor.sh');
}

async function restores(): Promise<void> {
	const password = await one('cat app-secrets/simulator_password');
	const send = (path: string, body: object) =>
		mustOperate([
			...['curl', '--silent', '--insecure', '--fail', '--resolve', 'api.minitwit.test:443:10.78.0.16'],
			...['--user', `simulator:${password}`, '--json', JSON.stringify(body), `https://api.minitwit.test${path}`]
		]);
	const post = (content: string) => send('/msgs/keeper', { content });
	await send('/register', { username: 'keeper', email: 'keeper@example.org', pwd: 'x' });
	await post('before');
	await one('./backup.sh');
	const moment = await on('one', 'date -u +%Y-%m-%dT%H:%M:%S.%3NZ');
	await post('after');
	await one(`./restore.sh ${moment}`);
	const page = await ask('minitwit.test', '/keeper');
	if (!page.includes('>before<') || page.includes('>after<'))
		throw new Error('The restored state is not that of the moment.');
	await one('./doctor.sh');
}

/** As the README says, in the container of the web app, whose file system is read-only. */
async function runsCommands(): Promise<void> {
	const minitwit = (command: string) => one(`docker compose exec -T web minitwit ${command}`);
	const link = await minitwit('users reset-password keeper --reason forgotten');
	const path = /https:\/\/minitwit\.test(\/\S+)/.exec(link)?.[1];
	if (!path || !(await ask('minitwit.test', path)).endsWith('200')) throw new Error(`The link does not open: ${link}`);
	await minitwit('messages flag --author keeper --reason test --yes');
	if ((await ask('minitwit.test', '/keeper')).includes('>before<')) throw new Error('The flagged message is shown.');
	await minitwit('messages unflag --author keeper --reason test --yes');
	if (!(await ask('minitwit.test', '/keeper')).includes('>before<')) throw new Error('The message is still hidden.');
	const records = await minitwit('audit list --json');
	for (const action of ['user.reset-password', 'message.flag', 'message.unflag'])
		if (!records.includes(`"${action}"`)) throw new Error(`${action} is not in the audit: ${records}`);
	// Its exit status says whether every row can be taken.
	await minitwit('export --to /tmp/site.db');
	await minitwit('import --from /tmp/site.db --merge --dry-run --rejects /tmp/rejects.jsonl');
}

export const singleTests: SwarmTest[] = [
	{ name: 'one host: installs with three commands and answers at both names', run: installs },
	{ name: 'one host: makes its first backup, and the doctor finds nothing', run: isHealthy },
	{ name: 'one host: an upgrade fails no request', run: upgrades },
	{ name: 'one host: an upgrade that crashes leaves the old version running', run: keepsTheOldOne },
	{ name: 'one host: a restore goes back to a moment', run: restores },
	{ name: 'one host: commands run in the container of the web app', run: runsCommands }
];
