import { describe, expect, test } from 'vitest';
import { MAX_MESSAGE_LENGTH, MAX_USERNAME_LENGTH, countCodePoints } from '#lib/limits.ts';
import { formatAction, parseLog } from '../../bin/simulator/actions.ts';
import { expectedState } from '../../bin/simulator/expected-state.ts';
import { generateLog } from '../../bin/simulator/generated-log.ts';

const REGISTER = '0\t0\t1582246860738\tregister\tAl "Q" Ice\tal@example.org\t]=)[X{K\tm';
const TWEET = '7\t13700323\t1582260561061\ttweet\tbob\tOne\u2028line, “quoted”; 100 %';
const FOLLOW = '8\t5\t1582260561066\tfollow\tbob\tAl "Q" Ice';

describe('a log', () => {
	test('is parsed field by field; the last field may contain tabs', () => {
		expect(parseLog(`${REGISTER}\n${TWEET}\r\n${FOLLOW}\n`)).toEqual([
			{
				...{ number: 0, delay: 0, timestamp: 1582246860738, user: 'Al "Q" Ice' },
				...{ command: 'register', email: 'al@example.org', password: ']=)[X{K\tm' }
			},
			{
				...{ number: 7, delay: 13700323, timestamp: 1582260561061, user: 'bob' },
				...{ command: 'tweet', text: 'One\u2028line, “quoted”; 100 %' }
			},
			{ number: 8, delay: 5, timestamp: 1582260561066, user: 'bob', command: 'follow', other: 'Al "Q" Ice' }
		]);
	});

	test.each([
		['\t2\t3\ttweet\tbob\thello', /^line 2: the number is not a whole number/],
		['1\t2\t3', /^line 2: 3 fields/],
		['1\t-2\t3\ttweet\tbob\thello', /^line 2: the delay is not a whole number/],
		['1\t2\tnoon\ttweet\tbob\thello', /^line 2: the timestamp is not a whole number/],
		['1\t2\t3\tdance\tbob\thello', /^line 2: "dance" is not a command/],
		['1\t2\t3\ttweet\tbob', /^line 2: tweet needs a text/],
		['1\t2\t3\tunfollow\tbob', /^line 2: unfollow needs another user/],
		['1\t2\t3\tregister\tbob\tbob@example.org', /^line 2: register needs an e-mail address and a password/],
		['', /^line 2: 1 fields/]
	])('with the line %j is rejected with the line number and the reason', (line, message) => {
		expect(() => parseLog(`${TWEET}\n${line}\n${FOLLOW}\n`)).toThrow(message);
	});
});

describe('a generated log', () => {
	test('is the same for the same seed and differs for another', () => {
		expect(generateLog(1, 500, null)).toEqual(generateLog(1, 500, null));
		expect(generateLog(2, 500, null)).not.toEqual(generateLog(1, 500, null));
	});

	test('survives formatting and parsing unchanged', () => {
		const actions = generateLog(3, 500, null);
		expect(parseLog(actions.map((action) => `${formatAction(action)}\n`).join(''))).toEqual(actions);
	});

	test('contains only actions that a server accepts', () => {
		const actions = generateLog(4, 3_000, 150);
		const registered = new Set<string>();
		for (const action of actions) {
			if (action.command === 'register') {
				expect(registered).not.toContain(action.user);
				expect(countCodePoints(action.user)).toBeLessThanOrEqual(MAX_USERNAME_LENGTH);
				registered.add(action.user);
			} else expect(registered).toContain(action.user);
			if (action.command === 'tweet') expect(countCodePoints(action.text)).toBeLessThanOrEqual(MAX_MESSAGE_LENGTH);
			if ('other' in action) expect([...registered].filter((name) => name !== action.user)).toContain(action.other);
		}
		expect(registered.size).toBe(150);
		for (const command of ['tweet', 'follow', 'unfollow']) {
			expect(actions.filter((action) => action.command === command).length).toBeGreaterThan(50);
		}
	});
});

test('the expected state is the result of all actions that the server accepts', () => {
	const head = '\t0\t0\t';
	const lines = ['tweet\tann\ttoo early', 'register\tann\ta@b\tpw', 'register\tben\ta@b\tpw', 'tweet\tann\tone'];
	lines.push('follow\tann\tben', 'follow\tann\tben', 'follow\tann\tcy', 'follow\tann\tann', 'follow\tben\tann');
	lines.push('unfollow\tben\tann', 'unfollow\tben\tann', 'register\tann\tc@d\tother', 'tweet\tann\ttwo');
	const actions = parseLog(lines.map((line, index) => `${index}${head}${line}`).join('\n'));
	expect([...expectedState(actions, 'simulator')]).toEqual([
		['ann', { since: 1, messages: ['one', 'two'], follows: new Set(['ben']) }],
		['ben', { since: 2, messages: [], follows: new Set() }]
	]);
});
