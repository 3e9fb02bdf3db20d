import { expect, test } from 'vitest';
import { readFlags } from '../../bin/simulator/simulate-flags.ts';

test('every flag has a default', () => {
	expect(readFlags([])).toEqual({
		...{ url: null, scenario: null, limit: null, offset: 0, parallel: 1, speed: Infinity },
		...{ timeoutMilliseconds: 300, seed: 1, users: null, write: null, verify: false }
	});
});

test('flags are read with their units', () => {
	const flags = readFlags(['--speed', 'original', '--timeout', '1.5s', '--parallel=8', '--url', 'http://[::1]:5001']);
	expect(flags).toMatchObject({ speed: 1, timeoutMilliseconds: 1_500, parallel: 8 });
	expect(flags?.url?.port).toBe('5001');
	expect(readFlags(['--speed', '2.5'])?.speed).toBe(2.5);
});

test.each([
	[['--limit', '0'], /^--limit must be a whole number from 1/],
	[['--offset', '-1'], /^Option '--offset' argument is ambiguous/],
	[['--parallel', '2.5'], /^--parallel must be/],
	[['--speed', '0'], /^--speed must be original, max or/],
	[['--timeout', '300'], /^--timeout must be a time such as 300ms/],
	[['--url', 'localhost:5001'], /^--url must be an address/],
	[['--url'], /^Option '--url <value>' argument missing/],
	[['--jump'], /^Unknown option '--jump'/],
	[['scenario.tsv'], /^Unexpected argument 'scenario.tsv'/]
])('rejects %j with a readable message', (args, message) => {
	expect(() => readFlags(args)).toThrow(message);
});
