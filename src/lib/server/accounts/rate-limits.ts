import { createHash } from 'node:crypto';
import { RateLimiterPostgres, RateLimiterRes } from 'rate-limiter-flexible';
import { addressForLimits } from '#lib/server/listening/client-address.ts';
import type { Config, Limit } from '#lib/server/config.ts';
import { SQL, type Statement, databasePool, queryRows } from '#lib/server/database/database.ts';
import { KeyedQueue } from './keyed-queue.ts';
import { type Writer, isMember } from './writers.ts';

/** Writes that are limited per account and per address. */
type Write = 'posts' | 'follows';

/** All limits. Their points are stored in PostgreSQL and shared by all replicas. */
type LimitName =
	| 'logInFailuresPerAddress'
	| 'logInFailuresPerPair'
	| 'logInFailuresPerAccount'
	| 'logInFailuresPerDevice'
	| 'registrationsPerAddress'
	| 'resetsPerAddress'
	| 'resetsPerAccount'
	| 'changesPerAccount'
	| 'exportsPerAccount'
	| 'reportsPerAccount'
	| `${Write}Per${'Account' | 'Address'}`;

/** The points of one key under one limit. */
export type Budget = [limit: LimitName, key: string];

/** A limit that was reached, with the time to wait. */
export interface Limited {
	retryAfterSeconds: number;
}

let limiters: Record<LimitName, RateLimiterPostgres> | null = null;

/** Creates the limiters on the connected database. Call it after connectDatabase. */
export function configureRateLimits(config: Config): void {
	limiters = {
		logInFailuresPerAddress: createLimiter('log_in_address', config.LIMIT_LOG_IN_FAILURES_PER_ADDRESS),
		logInFailuresPerPair: createLimiter('log_in_pair', config.LIMIT_LOG_IN_FAILURES_PER_PAIR),
		logInFailuresPerAccount: createLimiter('log_in_account_day', config.LIMIT_LOG_IN_FAILURES_PER_ACCOUNT),
		logInFailuresPerDevice: createLimiter('log_in_device', config.LIMIT_LOG_IN_FAILURES_PER_DEVICE),
		registrationsPerAddress: createLimiter('register_address', config.LIMIT_REGISTRATIONS_PER_ADDRESS),
		resetsPerAddress: createLimiter('reset_address', config.LIMIT_RESETS_PER_ADDRESS),
		resetsPerAccount: createLimiter('reset_account', config.LIMIT_RESETS_PER_ACCOUNT),
		changesPerAccount: createLimiter('change_account', config.LIMIT_CHANGES_PER_ACCOUNT),
		exportsPerAccount: createLimiter('export_account', config.LIMIT_EXPORTS_PER_ACCOUNT),
		reportsPerAccount: createLimiter('report_account', config.LIMIT_REPORTS_PER_ACCOUNT),
		postsPerAccount: createLimiter('post_account', config.LIMIT_POSTS_PER_ACCOUNT),
		postsPerAddress: createLimiter('post_address', config.LIMIT_POSTS_PER_ADDRESS),
		followsPerAccount: createLimiter('follow_account', config.LIMIT_FOLLOWS_PER_ACCOUNT),
		followsPerAddress: createLimiter('follow_address', config.LIMIT_FOLLOWS_PER_ADDRESS)
	};
}

function createLimiter(keyPrefix: string, { points, seconds }: Limit): RateLimiterPostgres {
	return new RateLimiterPostgres({
		storeClient: databasePool(),
		tableName: 'rate_limits',
		tableCreated: true,
		clearExpiredByTimeout: false,
		keyPrefix,
		points,
		duration: seconds
	});
}

function limiter(name: LimitName): RateLimiterPostgres {
	if (!limiters) throw new Error('configureRateLimits must be called before a limit is used');
	return limiters[name];
}

/** The key of an account: a hash, because names can be long and the table should not list them. */
export function accountKey(name: string): string {
	return createHash('sha256').update(name).digest('base64url');
}

/** The key of an address: the address, or the network of an IPv6 address. */
export function addressKey(address: string): string {
	return addressForLimits(address);
}

/** The key of an account combined with an address. */
export function pairKey(address: string, account: string): string {
	return `${addressKey(address)} ${account}`;
}

/** Spends one point. Resolves to null if one was left, else to the time to wait. */
export async function spendPoint(name: LimitName, key: string): Promise<Limited | null> {
	try {
		await limiter(name).consume(key);
		return null;
	} catch (refusal) {
		if (refusal instanceof RateLimiterRes) return asLimited(refusal);
		throw refusal;
	}
}

/** Spends one point of each budget, even if none is left. */
export async function spendPoints(budgets: Budget[]): Promise<void> {
	await Promise.all(budgets.map(([name, key]) => limiter(name).penalty(key)));
}

/** Resolves to the time to wait until no budget is exhausted, or null if none is. Spends nothing. */
export async function findLimited(budgets: Budget[]): Promise<Limited | null> {
	const pointsOf = new Map(budgets.map(([name, key]) => [limiter(name).getKey(key), limiter(name).points]));
	const rows = await queryRows<{ key: string; points: number; expire: number }>(
		SQL`
		SELECT key, points, expire FROM rate_limits
		WHERE key = ANY (${[...pointsOf.keys()]}) AND expire > ${Date.now()}`.setName('find_points')
	);
	const spent = rows.filter(({ key, points }) => points >= (pointsOf.get(key) ?? Infinity));
	if (spent.length === 0) return null;
	return asLimited({ msBeforeNext: Math.max(...spent.map(({ expire }) => expire)) - Date.now() });
}

/** A statement that deletes at most `rows` expired counters. */
export function expiredPoints(rows: number): Statement {
	return SQL`
		DELETE FROM rate_limits
		WHERE key IN (SELECT key FROM rate_limits WHERE expire <= ${Date.now()} LIMIT ${rows})
			AND expire <= ${Date.now()}`;
}

function asLimited({ msBeforeNext }: Pick<RateLimiterRes, 'msBeforeNext'>): Limited {
	return { retryAfterSeconds: Math.max(1, Math.ceil(msBeforeNext / 1000)) };
}

/**
 * Spends one point per account and one per address for a write. Resolves to null, or to the time to wait once a
 * limit is reached. The simulator has no limits.
 */
export async function spendOnWrite(writer: Writer, write: Write): Promise<Limited | null> {
	for (const [name, key] of budgetsOf(writer, write)) {
		const limited = await spendPoint(name, key);
		if (limited) return limited;
	}
	return null;
}

const retries = new KeyedQueue();

/**
 * Runs a limited write with an idempotency key after all earlier ones of this member with the same key, so that they find
 * what the first one did and need no points. Without a key or limits, it runs at once.
 */
export function afterRetries<T>(writer: Writer, key: string | null, write: () => Promise<T>): Promise<T> {
	return key === null || !isMember(writer) ? write() : retries.run(`${writer.id} ${key.toLowerCase()}`, write);
}

/** Refunds the points that `spendOnWrite` took for a write that changed nothing. */
export async function refundWrite(writer: Writer, write: Write): Promise<void> {
	await Promise.all(budgetsOf(writer, write).map(([name, key]) => limiter(name).reward(key)));
}

function budgetsOf(writer: Writer, write: Write): Budget[] {
	if (!isMember(writer)) return [];
	return [
		[`${write}PerAccount`, accountKey(writer.name)],
		[`${write}PerAddress`, addressKey(writer.address)]
	];
}
