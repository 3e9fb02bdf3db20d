import { expect, test } from 'vitest';
import { SQL, execute } from '#lib/server/database/database.ts';
import {
	type Budget,
	accountKey,
	addressKey,
	findLimited,
	spendPoint,
	spendPoints
} from '#lib/server/accounts/rate-limits.ts';
import { useDatabase } from '../use-database.ts';

useDatabase({ LIMIT_POSTS_PER_ACCOUNT: '3/60', LIMIT_REGISTRATIONS_PER_ADDRESS: '3/600' });

const newKey = () => accountKey(crypto.randomUUID());

/** Makes a key expire. */
const age = (key: string) => execute(SQL`UPDATE rate_limits SET expire = 1 WHERE key LIKE ${`%${key}`}`);

test('allows the configured number of points, then returns the wait in whole seconds', async () => {
	const key = newKey();
	for (let point = 0; point < 3; point++) expect(await spendPoint('postsPerAccount', key)).toBeNull();
	const limited = await spendPoint('postsPerAccount', key);
	expect(limited?.retryAfterSeconds).toBeGreaterThan(50);
	expect(limited?.retryAfterSeconds).toBeLessThanOrEqual(60);
	expect(Number.isInteger(limited?.retryAfterSeconds)).toBe(true);
});

test('allows no more points in parallel than in sequence', async () => {
	const key = newKey();
	const outcomes = await Promise.all(Array.from({ length: 30 }, () => spendPoint('postsPerAccount', key)));
	expect(outcomes.filter((outcome) => outcome === null)).toHaveLength(3);
});

test('findLimited spends nothing and returns the same as spending would', async () => {
	const key = newKey();
	for (let point = 0; point < 3; point++) {
		for (let again = 0; again < 5; again++) expect(await findLimited([['postsPerAccount', key]])).toBeNull();
		await spendPoint('postsPerAccount', key);
	}
	expect(await findLimited([['postsPerAccount', key]])).toEqual({ retryAfterSeconds: expect.any(Number) });
});

test('spendPoints spends from all budgets, and the longest wait counts', async () => {
	const [short, long] = [newKey(), newKey()];
	const budgets: Budget[] = [
		['postsPerAccount', short],
		['registrationsPerAddress', long]
	];
	expect(await findLimited([])).toBeNull();
	for (let point = 0; point < 3; point++) {
		expect(await findLimited(budgets)).toBeNull();
		await spendPoints(budgets);
	}
	const limited = await findLimited(budgets);
	expect(limited?.retryAfterSeconds).toBeGreaterThan(60);
	expect(limited?.retryAfterSeconds).toBeLessThanOrEqual(600);
	await age(long);
	expect((await findLimited(budgets))?.retryAfterSeconds).toBeLessThanOrEqual(60);
});

test('restores all points after the period; refusals do not extend it', async () => {
	const key = newKey();
	for (let point = 0; point < 10; point++) await spendPoint('postsPerAccount', key);
	await age(key);
	expect(await findLimited([['postsPerAccount', key]])).toBeNull();
	for (let point = 0; point < 3; point++) expect(await spendPoint('postsPerAccount', key)).toBeNull();
	expect(await spendPoint('postsPerAccount', key)).not.toBeNull();
});

test('counts keys and limits separately', async () => {
	const [key, other] = [newKey(), newKey()];
	for (let point = 0; point < 4; point++) await spendPoint('postsPerAccount', key);
	expect(await spendPoint('postsPerAccount', other)).toBeNull();
	expect(await spendPoint('registrationsPerAddress', key)).toBeNull();
});

test('keys are short and hide the name; addresses of an IPv6 /64 network share one', () => {
	expect(accountKey('🐦'.repeat(10_000))).toHaveLength(43);
	expect(accountKey('alice')).not.toBe(accountKey('Alice'));
	expect(addressKey('2001:db8::1')).toBe(addressKey('2001:db8::ffff'));
	expect(addressKey('2001:db8:0:1::1')).not.toBe(addressKey('2001:db8::1'));
});
