import { expect, test } from 'vitest';
import { type Action, parseLog } from '../../bin/simulator/actions.ts';
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
	return { differences: await verify(target, actions, parallel), queries };
}

test('reports no differences for a correct server and does not change its latest number', async () => {
	const { differences, queries } = await verifyAgainst(RIGHT);
	expect(differences).toEqual([]);
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
	['a missing user', { '/fllws/ben ß': undefined }, 'GET /fllws/ben%20%C3%9F?no=1000: status 404'],
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
