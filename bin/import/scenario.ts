import pLimit from 'p-limit';
import { register } from '#lib/server/accounts/registration.ts';
import { findExistingNames } from '#lib/server/accounts/users.ts';
import { type Operator, recordForSite } from '#lib/server/moderation/audit-records.ts';
import { EXIT, type Result } from '../program/define-command.ts';
import { type Action, readLog } from '../simulator/actions.ts';
import { showProgress } from '../progress-bar.ts';

/** What became of the registrations of a log: `read` is the sum of the others. */
interface ScenarioTally {
	read: number;
	imported: number;
	/** Their name exists already, here or by an earlier line. */
	there: number;
	rejected: ScenarioReject[];
}

/** A registration that was not taken. `number` is that of its action. */
interface ScenarioReject {
	number: number;
	name: string;
	reason: string;
}

type Registration = Action & { command: 'register' };

/** More than are hashed at a time, so that the database keeps no hash waiting. */
const CONCURRENT_PEOPLE = 4;

/**
 * Registers the users of a log as the simulator would have done, and takes nothing else from it: for those whose
 * registrations were missed. It can be repeated.
 * @throws UsageError
 */
export async function importScenario(file: string, operator: Operator): Promise<Result> {
	const registrations = readLog(file).filter((action) => action.command === 'register');
	const tally: ScenarioTally = { read: registrations.length, imported: 0, there: 0, rejected: [] };
	const count = () => ({ done: tally.imported + tally.there + tally.rejected.length, errors: tally.rejected.length });
	const record = (details: object) =>
		recordForSite(operator, { action: 'import', reason: null, details: { source: file, ...details } });
	const existing = await findExistingNames(registrations.map(({ user }) => user));
	// Whatever an interruption leaves behind is recorded.
	if (registrations.some(({ user }) => !existing.has(user))) await record({ read: tally.read, unfinished: true });
	const progress = showProgress(registrations.length, count);
	await registerAll(registrations, existing, tally).finally(() => progress.stop());
	const { rejected, ...counts } = tally;
	if (tally.imported > 0) await record({ ...counts, rejected: rejected.length });
	return { lines: reportTally(tally), json: tally, status: rejected.length > 0 ? EXIT.remarks : EXIT.done };
}

/** Those of one name are tried one by one: the first that is not rejected counts. */
async function registerAll(registrations: Registration[], existing: Set<string>, tally: ScenarioTally): Promise<void> {
	const people = Map.groupBy(registrations, ({ user }) => user).values();
	await pLimit(CONCURRENT_PEOPLE).map(people, async (attempts) => {
		for (const attempt of attempts) await take(attempt, existing, tally);
	});
	tally.rejected.sort((one, other) => one.number - other.number);
}

async function take(attempt: Registration, existing: Set<string>, tally: ScenarioTally): Promise<void> {
	const { number, user: name, email, password } = attempt;
	// Without this, a repeated import would hash every password again.
	if (existing.has(name)) return void tally.there++;
	const outcome = await register({ name, email, password }, 'simulator');
	if (outcome.kind === 'registered') {
		existing.add(name);
		tally.imported++;
	} else {
		const reason = 'sentence' in outcome ? outcome.sentence : outcome.kind;
		tally.rejected.push({ number, name, reason });
	}
}

function reportTally({ read, imported, there, rejected }: ScenarioTally): string[] {
	return [
		...rejected.map(({ number, name, reason }) => `Rejected action ${number}, ${JSON.stringify(name)}: ${reason}`),
		`Registrations: ${read} read, ${imported} imported, ${there} already there, ${rejected.length} rejected`
	];
}
