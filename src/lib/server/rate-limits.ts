import { createHash } from 'node:crypto';
import { RateLimiterPostgres, RateLimiterRes } from 'rate-limiter-flexible';
import { addressForLimits } from './addresses.ts';
import type { Config, Limit } from './config.ts';
import { databasePool } from './database.ts';

/** What can be limited. Points stand in PostgreSQL, so that all replicas count together. */
type LimitName =
	| 'logInFailuresPerAddress'
	| 'logInFailuresPerAccount'
	| 'registrationsPerAddress'
	| 'postsPerAccount'
	| 'postsPerAddress';

/** Over a limit: how long to wait. */
export interface Limited {
	retryAfterSeconds: number;
}

let limiters: Record<LimitName, RateLimiterPostgres> | null = null;

/** Sets the limits up on the connected database. */
export function configureRateLimits(config: Config): void {
	limiters = {
		logInFailuresPerAddress: createLimiter('log_in_address', config.LIMIT_LOG_IN_FAILURES_PER_ADDRESS),
		logInFailuresPerAccount: createLimiter('log_in_account', config.LIMIT_LOG_IN_FAILURES_PER_ACCOUNT),
		registrationsPerAddress: createLimiter('register_address', config.LIMIT_REGISTRATIONS_PER_ADDRESS),
		postsPerAccount: createLimiter('post_account', config.LIMIT_POSTS_PER_ACCOUNT),
		postsPerAddress: createLimiter('post_address', config.LIMIT_POSTS_PER_ADDRESS)
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
	if (!limiters) throw new Error('A limit is used before configureRateLimits was called');
	return limiters[name];
}

/** The key of an account: names may be long, and a table of limits need not list them. */
export function accountKey(name: string): string {
	return createHash('sha256').update(name).digest('base64url');
}

/** The key of an address. */
export function addressKey(address: string): string {
	return addressForLimits(address);
}

/** Spends a point. Null when there was one left, else how long to wait. */
export async function spendPoint(name: LimitName, key: string): Promise<Limited | null> {
	try {
		await limiter(name).consume(key);
		return null;
	} catch (refusal) {
		if (refusal instanceof RateLimiterRes) return asLimited(refusal);
		throw refusal;
	}
}

/** Whether all points are spent, without spending one. */
export async function findLimited(name: LimitName, key: string): Promise<Limited | null> {
	const state = await limiter(name).get(key);
	return state !== null && state.remainingPoints <= 0 ? asLimited(state) : null;
}

/** Gives a point back that turned out not to count. */
export async function returnPoint(name: LimitName, key: string): Promise<void> {
	await limiter(name).reward(key);
}

/** Removes what has run out. Called now and then by the web server. */
export async function deleteExpiredPoints(): Promise<void> {
	await databasePool().query('DELETE FROM rate_limits WHERE expire < $1', [Date.now()]);
}

function asLimited({ msBeforeNext }: RateLimiterRes): Limited {
	return { retryAfterSeconds: Math.max(1, Math.ceil(msBeforeNext / 1000)) };
}

/** Spends a point of a person and of an address for one post. */
export async function spendPostingPoints(name: string, address: string): Promise<Limited | null> {
	return (
		(await spendPoint('postsPerAccount', accountKey(name))) ??
		(await spendPoint('postsPerAddress', addressKey(address)))
	);
}
