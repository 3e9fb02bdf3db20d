import { startReplica } from '../deployment/replicas.ts';
import { SIMULATOR } from './accounts.ts';
import { createHost } from './hosts.ts';
import type { Part } from './report.ts';
import type { Site } from './site.ts';
import { tally } from './tally.ts';

const POSTS = 20;
const NOW = `SELECT to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`;

/** Restores a copy of the database to a moment between two posts and reads from it through an API server. */
export async function drillRestore(site: Site): Promise<Part> {
	const { first } = site.hosts;
	const author = site.accounts[0]?.name ?? '';
	const before = await postAll(site.api.origin, author, 'before');
	const moment = (await first.sql(NOW)).trim();
	const after = await postAll(site.api.origin, author, 'after');
	// Once pgBackRest's check returns, everything written is in the archive.
	await first.inside('pgbackrest', '--stanza=minitwit', 'check');

	const started = performance.now();
	const copy = await createHost(site.root, 'copy', site.way, first);
	site.ends.defer(() => copy.kill());
	await copy.run('restore.sh', '--copy', moment);
	const api = await startReplica('api', copy.urlOf('app'), site.root);
	site.ends.defer(() => api.kill());
	const seconds = (performance.now() - started) / 1000;

	const texts = countTexts(await readTexts(api.origin, author));
	const late = after.filter((text) => texts.has(text)).length;
	return {
		title: `Restored to a moment between two posts, with ${(await first.inside('pgbackrest', 'version')).trim()}`,
		tallies: [tally({ name: 'posts before the moment', acknowledged: before, sent: before }, texts)],
		figures: [{ name: 'until an API answers from the copy', seconds, most: null }],
		problems: late > 0 ? [`${late} of ${after.length} posts after the moment are in the copy`] : []
	};
}

async function postAll(api: string, author: string, word: string): Promise<string[]> {
	const texts = Array.from({ length: POSTS }, (_, number) => `drill ${word} ${number}`);
	for (const content of texts) {
		const headers = { 'content-type': 'application/json', authorization: SIMULATOR };
		const request = { method: 'POST', headers, body: JSON.stringify({ content }) };
		const { status } = await fetch(`${api}/msgs/${author}`, request);
		if (status !== 204) throw new Error(`A post was answered with ${status}`);
	}
	return texts;
}

async function readTexts(api: string, author: string): Promise<string[]> {
	const response = await fetch(`${api}/msgs/${author}?no=1000`, { headers: { authorization: SIMULATOR } });
	const messages = (await response.json()) as { content: string }[];
	return messages.map(({ content }) => content);
}

function countTexts(texts: string[]): Map<string, number> {
	const counts = new Map<string, number>();
	for (const text of texts) counts.set(text, (counts.get(text) ?? 0) + 1);
	return counts;
}
