import { expect, test } from 'vitest';
import { type Part, findFaults, renderReport } from '../drill/report.ts';
import { longestWait, secondsUntilBack, tally } from '../drill/tally.ts';

const request = (started: number, ended: number, succeeded = true) => ({
	started,
	ended,
	succeeded,
	outcome: succeeded ? '200' : '500'
});

const part = (overrides: Partial<Part>): Part => ({
	title: 'A part',
	tallies: [],
	figures: [],
	problems: [],
	...overrides
});

test('acknowledged posts are found, duplicated or lost; unacknowledged ones may exist all the same', () => {
	const lane = { name: 'posts', sent: ['a', 'b', 'c', 'd', 'e'], acknowledged: ['a', 'b', 'c'] };
	const texts = new Map([
		['a', 1],
		['b', 2],
		['d', 1]
	]);
	expect(tally(lane, texts)).toEqual({ name: 'posts', acknowledged: 3, found: 1, doubled: 1, lost: 1, unanswered: 1 });
});

test('a server has recovered when requests succeed and none fails any more', () => {
	const attempts = [request(0, 900), request(1_000, 1_500, false), request(1_600, 2_000), request(2_000, 2_500, false)];
	expect(secondsUntilBack(attempts, 1_000)).toBe(Infinity);
	expect(secondsUntilBack([...attempts, request(2_600, 3_000), request(3_000, 9_000)], 1_000)).toBe(2);
	// A request sent before the failure and answered after it proves nothing.
	expect(secondsUntilBack([request(900, 1_100)], 1_000)).toBe(Infinity);
});

test('the longest wait includes requests in progress', () => {
	const attempts = [request(0, 5_000), request(5_100, 8_100), request(8_200, 8_300)];
	expect(longestWait(attempts, 6_000)).toBe(3);
});

test('a loss, a duplicate, no acknowledgement, a time over its limit and a refusal are faults', () => {
	const fine = { name: 'posts', acknowledged: 3, found: 3, doubled: 0, lost: 0, unanswered: 1 };
	const figure = { name: 'back', seconds: 9.9, most: 10 };
	expect(findFaults(part({ tallies: [fine], figures: [figure, { ...figure, seconds: 99, most: null }] }))).toEqual([]);
	for (const overrides of [{ lost: 1 }, { doubled: 1 }, { acknowledged: 0 }])
		expect(findFaults(part({ tallies: [{ ...fine, ...overrides }] })).length).toBe(1);
	for (const seconds of [10, Infinity]) expect(findFaults(part({ figures: [{ ...figure, seconds }] })).length).toBe(1);
	const refused = part({ problems: ['posts: refused with 500'] });
	expect(findFaults(refused)).toEqual(['posts: refused with 500']);
	expect(renderReport([refused])).toContain('FAILED: posts: refused with 500');
});
