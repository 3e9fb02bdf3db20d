import type { Action } from '../../bin/simulator/actions.ts';
import { userName } from './bench-data.ts';
import type { BenchServers } from './bench-servers.ts';
import { sendAll } from './bench-simulator.ts';
import { type Effort, type Subject, measureAll } from './bench-subjects.ts';
import { printRows } from './bench-report.ts';
import { OTHERS, PEOPLE, workloads } from './workloads.ts';

/* Measures the API beside another server that speaks the protocol, with the same data and load. */

const MESSAGES_EACH = 10;
const TIMEOUT_MS = 30_000;

/** Registers the users of the workloads and writes messages, through the protocol. */
function fillActions(): Action[] {
	const users = Array.from({ length: PEOPLE + OTHERS }, (_, index) => userName(index + 1));
	const log = { delay: 0, timestamp: 0 };
	const registrations = users.map((user, number): Action => {
		return { ...log, number, user, command: 'register', email: `${number}@example.org`, password: `secret of ${user}` };
	});
	const messages = Array.from({ length: MESSAGES_EACH * users.length }, (_, index): Action => {
		const user = users[index % users.length] as string;
		const text = `Message ${index} of the comparison, about as long as messages mostly are.`;
		return { ...log, number: users.length + index, user, command: 'tweet', text };
	});
	return [...registrations, ...messages];
}

/** Fills both servers through the protocol, measures them in turn and prints a table and the ratios. */
export async function compare(servers: BenchServers, other: URL, effort: Effort): Promise<void> {
	const { origin: own } = await servers.start('api', await servers.createDatabase('comparison'));
	for (const origin of [own, other.origin]) {
		console.log(`\nRegistering users and writing messages at ${origin} …`);
		await sendAll(origin, fillActions(), TIMEOUT_MS);
	}
	const subjects = Object.keys(workloads).flatMap((workload): Subject[] => [
		{ name: workload, target: { kind: 'api', origin: own, workload }, metrics: own },
		{ name: `${workload} at ${other.host}`, target: { kind: 'api', origin: other.origin, workload }, metrics: null }
	]);
	const rows = await measureAll(subjects, effort);
	console.log('');
	printRows(rows);
	console.log('');
	for (let index = 0; index < rows.length; index += 2) {
		const [ours, theirs] = [rows[index], rows[index + 1]];
		if (ours && theirs)
			console.log(
				`${ours.name} at ${ours.connections}: ${(ours.perSecond / theirs.perSecond).toFixed(2)} times as many`
			);
	}
}
