import { SQL, execute, queryRow } from '#lib/server/database/database.ts';
import { type Client, deviceHashOf, rememberDevice } from './known-devices.ts';
import { KeyedQueue } from './keyed-queue.ts';
import { countChange, countLogIn } from '#lib/server/observability/metrics.ts';
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

/** What came of an attempt to log in: the person, a wrong name or password (which one is not told), or too many failures. */
export type LogIn = { user: SignedIn } | { invalid: true } | { limited: Limited };

/** What is stored of the account under a name. */
interface Account {
	id: number;
	name: string;
	password_hash: string;
	/** Whether this device has logged in to the account before, and whether that was noted within a day. */
	is_known: boolean;
	is_noted: boolean;
}

/**
 * No failure is told sooner than this after the attempt began, so that the time does not tell which kind
 * of hash the account has, or that there is no account. A timer, which costs nothing.
 */
const FAILURE_FLOOR_MS = 200;

/** More attempts than this at one account would wait for longer than any client does. */
const MAX_WAITING = 1_000;

/** Attempts at one account, one at a time: guesses in parallel gain nothing, and no account fills the queue of hashes. */
const attempts = new KeyedQueue();

/**
 * Checks a name and password. A name that nobody has is tried without the spaces around it too, which
 * phone keyboards add. Only failures count against limits (docs/decisions/0006-log-in-limits.md). A hash
 * of an older kind, or of weaker parameters, is replaced when the password is right.
 * @throws BusyError
 */
export async function logIn(name: string, password: string, client: Client): Promise<LogIn> {
	const began = performance.now();
	const device = deviceHashOf(client);
	const account = await findAccount(name, device);
	const key = accountKey(account?.name ?? name.trim());
	const deviceKey = `${key}:${device.toString('base64url')}`;
	const isKnown = account?.is_known ?? false;
	const budgets = isKnown ? [deviceBudget(deviceKey)] : strangerBudgets(key, client.address);
	// Devices that have logged in before do not wait for anybody's guesses either.
	const outcome = await takeTurn(isKnown ? deviceKey : key, () => attempt(account, password, device, budgets));
	countLogIn('user' in outcome ? 'success' : 'limited' in outcome ? 'limited' : 'failure');
	if ('invalid' in outcome) await waitUntil(began + FAILURE_FLOOR_MS);
	return outcome;
}

/**
 * Counts a wrong password for the simulator, whose right one is recognised without this module and never
 * limited. Resolves to how long to wait when there were too many.
 */
export async function countSimulatorFailure(simulatorName: string, address: string): Promise<Limited | null> {
	for (const [limit, key] of strangerBudgets(accountKey(simulatorName), address)) {
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
			coalesce(known_devices.last_seen_at >= now() - interval '1 day', false) AS is_noted
		FROM users
		LEFT JOIN known_devices ON known_devices.user_id = users.id AND known_devices.device_hash = ${device}
		WHERE users.name IN (${exact}, ${exact.trim()})
		ORDER BY users.name = ${exact} DESC LIMIT 1`.setName('find_account')
	);
}

const deviceBudget = (key: string): Budget => ['logInFailuresPerDevice', key];

/** The smallest first. */
const strangerBudgets = (account: string, address: string): Budget[] => [
	['logInFailuresPerPair', pairKey(address, account)],
	['logInFailuresPerAddress', addressKey(address)],
	['logInFailuresPerAccount', account]
];

async function takeTurn<T>(key: string, work: () => Promise<T>): Promise<T> {
	if (attempts.waiting(key) >= MAX_WAITING) throw new BusyError('Too many attempts at one account wait');
	return attempts.run(key, work);
}

/** Looks at the limits, then verifies, then spends on a failure: in this order, since others wait for it. */
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
	return { user: { id: account.id, name: account.name } };
}

/**
 * Replaces the hash that was verified, and no other: somebody may have changed it meanwhile. While others
 * wait for a hash it is left for a later log-in, so that many people with old hashes can log in at once.
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
