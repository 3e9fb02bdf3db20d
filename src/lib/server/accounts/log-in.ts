import { SQL, execute, queryRow } from '#lib/server/database/database.ts';
import { countChange, countLogIn } from '#lib/server/observability/metrics.ts';
import { isDue } from './closed-accounts.ts';
import { type Client, deviceHashOf, rememberDevice } from './known-devices.ts';
import { KeyedQueue } from './keyed-queue.ts';
import { BusyError, hashPassword, isHashingBusy, verifyPassword } from './passwords.ts';
import {
	type Budget,
	type Limited,
	accountKey,
	addressKey,
	findLimited,
	pairKey,
	spendPoint,
	spendPoints
} from './rate-limits.ts';
import type { SignedIn } from './sessions.ts';
import { searchableName } from './users.ts';

/**
 * The outcome of a log-in attempt: the user, invalid credentials (without saying which part), or a limit that
 * was reached. An account that `isClosed` has to be reopened before its user may do anything.
 */
export type LogIn = { user: SignedIn; isClosed: boolean } | { invalid: true } | { limited: Limited };

/** The stored account and what is known about the client's device. */
interface Account {
	id: number;
	name: string;
	password_hash: string;
	/** Whether this device has logged in to the account before, and whether that was recorded within the last day. */
	is_known: boolean;
	is_noted: boolean;
	is_closed: boolean;
}

/**
 * The minimum time before a failure is reported. It hides whether the account exists and which kind of hash it
 * has. Waiting uses a timer and no CPU.
 */
const FAILURE_FLOOR_MS = 200;

/** With a longer queue for one account, attempts would wait longer than any client does. */
const MAX_WAITING = 1_000;

/** Attempts for one account run one at a time, so parallel guesses gain nothing and no account fills the hash queue. */
const attempts = new KeyedQueue();

/**
 * Verifies a name and password. If no account has the exact name, the name is also tried without surrounding spaces,
 * because phone keyboards add them. An account that is being removed is unknown. Only failures count against limits (docs/decisions/0006-log-in-limits.md). After a
 * success, a legacy hash or one with weaker parameters is replaced.
 * @throws BusyError
 */
export async function logIn(name: string, password: string, client: Client): Promise<LogIn> {
	const began = performance.now();
	const device = deviceHashOf(client);
	const account = await findAccount(name, device);
	const key = accountKey(account?.name ?? name.trim());
	const deviceKey = `${key}:${device.toString('base64url')}`;
	const isKnown = account?.is_known ?? false;
	const budgets = isKnown ? [deviceBudget(deviceKey)] : newDeviceBudgets(key, client.address);
	// Known devices do not queue behind other clients' guesses.
	const outcome = await takeTurn(isKnown ? deviceKey : key, () => attempt(account, password, device, budgets));
	countLogIn('user' in outcome ? 'success' : 'limited' in outcome ? 'limited' : 'failure');
	if ('invalid' in outcome) await waitUntil(began + FAILURE_FLOOR_MS);
	return outcome;
}

/**
 * Counts a failed log-in with the simulator's name. The API verifies the simulator's correct password itself,
 * without limits. Resolves to the time to wait once the limit is reached, else null.
 */
export async function countSimulatorFailure(simulatorName: string, address: string): Promise<Limited | null> {
	for (const [limit, key] of newDeviceBudgets(accountKey(simulatorName), address)) {
		const limited = await spendPoint(limit, key);
		if (limited) {
			countLogIn('limited');
			return limited;
		}
	}
	countLogIn('failure');
	return null;
}

async function findAccount(name: string, device: Buffer): Promise<Account | null> {
	const exact = searchableName(name);
	return queryRow<Account>(
		SQL`
		SELECT users.id, users.name, users.password_hash, known_devices.user_id IS NOT NULL AS is_known,
			coalesce(known_devices.last_seen_at >= now() - interval '1 day', false) AS is_noted,
			closed_accounts.user_id IS NOT NULL AS is_closed
		FROM users
		LEFT JOIN closed_accounts ON closed_accounts.user_id = users.id
		LEFT JOIN known_devices ON known_devices.user_id = users.id AND known_devices.device_hash = ${device}
		WHERE users.name IN (${exact}, ${exact.trim()}) AND (closed_accounts.user_id IS NULL OR NOT `
			.append(isDue())
			.append(
				SQL`)
		ORDER BY users.name = ${exact} DESC LIMIT 1`
			)
			.setName('find_account')
	);
}

const deviceBudget = (key: string): Budget => ['logInFailuresPerDevice', key];

/** Ordered from the smallest limit to the largest. */
const newDeviceBudgets = (account: string, address: string): Budget[] => [
	['logInFailuresPerPair', pairKey(address, account)],
	['logInFailuresPerAddress', addressKey(address)],
	['logInFailuresPerAccount', account]
];

async function takeTurn<T>(key: string, work: () => Promise<T>): Promise<T> {
	if (attempts.waiting(key) >= MAX_WAITING) throw new BusyError('Too many log-in attempts are queued for one account');
	return attempts.run(key, work);
}

/** The order matters because other attempts wait: check the limits, verify, then spend points on a failure. */
async function attempt(account: Account | null, password: string, device: Buffer, budgets: Budget[]): Promise<LogIn> {
	const limited = await findLimited(budgets);
	if (limited) return { limited };
	const { valid, outdated } = await verifyPassword(account?.password_hash ?? null, password);
	if (!valid || !account) {
		await spendPoints(budgets);
		return { invalid: true };
	}
	if (!account.is_noted) await rememberDevice(account.id, device);
	if (outdated) await replaceHash(account, password);
	return { user: { id: account.id, name: account.name }, isClosed: account.is_closed };
}

/**
 * Replaces the hash only if it is still the one that was verified, since the password may have changed
 * meanwhile. Skipped while the hash queue is busy, so that many users with old hashes can log in at once.
 */
async function replaceHash({ id, password_hash: verified }: Account, password: string): Promise<void> {
	if (isHashingBusy()) return;
	const passwordHash = await hashPassword(password);
	const changed = await execute(
		SQL`UPDATE users SET password_hash = ${passwordHash} WHERE id = ${id} AND password_hash = ${verified}`
	);
	countChange('user', 'update', changed);
}

function waitUntil(time: number): Promise<void> {
	return new Promise((resolve) => setTimeout(resolve, Math.max(0, Math.ceil(time - performance.now()))));
}
