import { describe, expect, test } from 'vitest';
import { type Action, parseLog } from '../../bin/simulator/actions.ts';
import { reportVerdict } from '../../bin/simulator/verification-report.ts';
import { verify } from '../../bin/simulator/verify.ts';
import { startStub } from './stub-api.ts';

const LOG = parseLog(
	[
		'1\t0\t0\tregister\tann\ta@b\tpw',
		'2\t0\t0\tregister\tben ß\ta@b\tpw',
		'3\t0\t0\ttweet\tann\tone',
		'4\t0\t0\ttweet\tann\ttwo',
		'5\t0\t0\tfollow\tann\tben ß'
	].join('\n')
);

/** The correct answers of a server after LOG. */
const RIGHT: Record<string, unknown> = {
	'/latest': { latest: 5 },
	'/msgs/ann': [
		{ content: 'two', pub_date: 2, user: 'ann' },
		{ content: 'one', pub_date: 1, user: 'ann' }
	],
	'/msgs/ben ß': [],
	'/fllws/ann': { follows: ['ben ß'] },
	'/fllws/ben ß': { follows: [] }
};

async function verifyAgainst(answers: Record<string, unknown>, actions: Action[] = LOG, parallel = 1) {
	const queries: string[] = [];
	const target = await startStub((request, response) => {
		const [path = '', query = ''] = (request.url ?? '').split('?');
		queries.push(query);
		const answer = answers[decodeURIComponent(path)];
		response.writeHead(answer === undefined ? 404 : 200).end(JSON.stringify(answer));
	});
	return { ...(await verify(target, actions, parallel)), queries };
}

test('reports no differences for a correct server and does not change its latest number', async () => {
	const { absent, differences, queries } = await verifyAgainst(RIGHT);
	expect({ absent, differences }).toEqual({ absent: [], differences: [] });
	expect(queries.filter((query) => query.includes('latest'))).toEqual([]);
});

test.each([
	['a missing message', { '/msgs/ann': [{ content: 'two', user: 'ann' }] }, '"ann" has 1 messages, not 2'],
	[
		'messages in the wrong order',
		{ '/msgs/ann': [{ content: 'one', user: 'ann' }, { content: 'two', user: 'ann' }] }, // prettier-ignore
		'Message 1 of "ann" is "two", not "one"'
	],
	[
		'another user’s message',
		{ '/msgs/ann': [{ content: 'two', user: 'ann' }, { content: 'one', user: 'cy' }] }, // prettier-ignore
		'A message of "cy" is listed as one of "ann"'
	],
	['a missing follow', { '/fllws/ann': { follows: [] } }, '"ann" does not follow "ben ß"'],
	['an extra follow', { '/fllws/ben ß': { follows: ['ann'] } }, '"ben ß" follows "ann" too'],
	['a repeated follow', { '/fllws/ann': { follows: ['ben ß', 'ben ß'] } }, '"ann" follows somebody twice'],
	['missing follows of a known user', { '/fllws/ben ß': undefined }, 'GET /fllws/ben%20%C3%9F?no=1000: status 404'],
	['a wrong latest number', { '/latest': { latest: 4 } }, 'The latest number 4 is not 5']
])('reports %s', async (_, planted, difference) => {
	expect((await verifyAgainst({ ...RIGHT, ...planted })).differences).toEqual([difference]);
});

test('with several clients, accepts any of the most recent numbers as the latest', async () => {
	expect((await verifyAgainst({ ...RIGHT, '/latest': { latest: 4 } }, LOG, 2)).differences).toEqual([]);
	expect((await verifyAgainst({ ...RIGHT, '/latest': { latest: 17 } }, LOG, 2)).differences).toEqual([
		'The latest number 17 is none of the last 5 numbers'
	]);
});

test('compares only the newest 1,000 messages', async () => {
	const texts = Array.from({ length: 1_005 }, (_, index) => `text ${index}`);
	const log = parseLog(
		['1\t0\t0\tregister\tann\ta@b\tpw', ...texts.map((text) => `2\t0\t0\ttweet\tann\t${text}`)].join('\n')
	);
	const listed = texts.slice(-1_000).reverse();
	const answers = {
		'/latest': { latest: 2 },
		'/fllws/ann': { follows: [] },
		'/msgs/ann': listed.map((content) => ({ content, user: 'ann' }))
	};
	expect((await verifyAgainst(answers, log)).differences).toEqual([]);
});

describe('an absent user', () => {
	const log = parseLog(
		[
			...['1\t0\t0\ttweet\tben ß\ttoo early', '2\t0\t0\tregister\tann\ta@b\tpw', '3\t0\t0\ttweet\tann\tone'],
			...['4\t0\t0\tregister\tben ß\ta@b\tpw', '5\t0\t0\tfollow\tann\tben ß', '6\t0\t0\tfollow\tben ß\tann'],
			...['a', 'x'.repeat(200), 'c', 'd', 'e'].map((text, index) => `${7 + index}\t0\t0\ttweet\tben ß\t${text}`)
		].join('\n')
	);
	const withoutBen = {
		'/latest': { latest: 11 },
		'/msgs/ann': [{ content: 'one', user: 'ann' }],
		'/fllws/ann': { follows: [] }
	};

	test('is named once, with the action that registered them and what they would have written since', async () => {
		const { absent, differences } = await verifyAgainst(withoutBen, log);
		expect(differences).toEqual([]);
		expect(absent).toEqual([
			{
				name: 'ben ß',
				since: 4,
				messages: 5,
				firstMessages: ['a', 'x'.repeat(200), 'c'],
				follows: 1,
				followers: 1
			}
		]);
		expect(reportVerdict({ absent, differences }, 2, 11)).toEqual([
			'"ben ß" is absent since action 4, which registered them (messages: 5, follows: 1, followers: 1)',
			...['    "a"', `    "${'x'.repeat(120)}…"`, '    "c"', '    … 2 more messages'],
			'Compared 2 users after 11 actions: 1 absent, 0 differences'
		]);
	});

	test.each([
		['never registers', '5\t0\t0\ttweet\tcy\thello'],
		['registers without an e-mail address', '5\t0\t0\tregister\tcy\tnone\tpw\n6\t0\t0\ttweet\tcy\thello'],
		['registers without a password', '5\t0\t0\tregister\tcy\ta@b\t'],
		['registers without a name', '5\t0\t0\tregister\t \ta@b\tpw'],
		['registers with a name that no path can have', '5\t0\t0\tregister\t..\ta@b\tpw'],
		['registers with the simulator’s name', '5\t0\t0\tregister\tsimulator\ta@b\tpw'],
		['registers twice, the second time with the name taken', '5\t0\t0\tregister\tann\tother@b\tother']
	])('is nobody who %s', async (_, lines) => {
		const { absent, differences } = await verifyAgainst({ ...RIGHT, '/latest': undefined }, [
			...LOG,
			...parseLog(lines)
		]);
		expect({ absent, differences }).toEqual({ absent: [], differences: ['GET /latest: status 404'] });
	});

	test('is not hidden by an answer that is no proof of absence', async () => {
		const target = await startStub((_, response) => response.writeHead(503).end());
		expect(await verify(target, log.slice(0, 2), 1)).toEqual({
			absent: [],
			differences: [
				'GET /latest: status 503',
				'GET /msgs/ann?no=1000: status 503',
				'GET /fllws/ann?no=1000: status 503'
			]
		});
	});

	test('is one of at most 20 that are listed, like the differences', () => {
		const absence = { name: 'x', since: 1, messages: 0, firstMessages: [], follows: 0, followers: 0 };
		const lines = reportVerdict({ absent: Array(25).fill(absence), differences: Array(21).fill('other') }, 30, 99);
		expect(lines).toHaveLength(20 + 1 + 20 + 1 + 1);
		expect(lines).toContain('… 5 more absent');
	});
});
