import { describe, expect, test } from 'vitest';
import { type Action, parseLog } from '../../bin/simulator/actions.ts';
import type { Target } from '../../bin/simulator/client.ts';
import { generateLog } from '../../bin/simulator/generated-log.ts';
import { replay } from '../../bin/simulator/send-actions.ts';
import { Tally, percentile } from '../../bin/simulator/simulation-tally.ts';
import { answering, startStub } from './stub-api.ts';

const TWEET = parseLog('5\t100\t1582260561061\ttweet\tJo /?#%+\thello')[0] as Action;

async function replayAll(target: Target, actions: Action[], parallel = 1): Promise<Tally> {
	const tally = new Tally();
	await replay(target, actions, { parallel, speed: Infinity, onReply: (...reply) => tally.add(...reply) });
	return tally;
}

describe('a replay', () => {
	test('sends the same requests as the course’s simulator', async () => {
		let seen: unknown = null;
		const target = await startStub((request, response) => {
			seen = { method: request.method, url: request.url, headers: request.headers };
			response.writeHead(204).end();
		});
		expect((await replayAll(target, [TWEET])).errors).toBe(0);
		expect(seen).toMatchObject({
			method: 'POST',
			url: '/msgs/Jo%20%2F%3F%23%25%2B?latest=5',
			headers: {
				connection: 'close',
				accept: '*/*',
				'content-type': 'application/json',
				authorization: `Basic ${btoa('simulator:secret')}`
			}
		});
	});

	test('with several clients keeps each user’s actions in order and waits for registrations', async () => {
		const actions = generateLog(7, 400, 40);
		const registered = new Set<string>();
		const order: string[] = [];
		let inFlight = 0;
		let maxInFlight = 0;
		const listener = answering(async (path, body) => {
			maxInFlight = Math.max(maxInFlight, ++inFlight);
			// Replies come out of order, so that a client that did not wait would be overtaken.
			for (let turn = order.length % 5; turn > 0; turn--) await new Promise(setImmediate);
			inFlight--;
			order.push(`${path} ${JSON.stringify(body)}`);
			if (path === '/register') registered.add(body.username ?? '');
			const named = [path.replace(/^\/(msgs|fllws)\//, ''), body.follow].filter((name) => name !== undefined);
			return path === '/register' || named.every((name) => registered.has(name)) ? 204 : 404;
		});
		const target = await startStub(listener);
		const tally = await replayAll(target, actions, 8);
		expect([...tally.errorsByKind]).toEqual([]);
		expect(tally.done).toBe(400);
		expect(maxInFlight).toBeGreaterThan(1);
		for (const user of registered) {
			const own = (texts: string[]) => texts.filter((text) => text.startsWith(`/msgs/${user} `));
			const sent = actions.filter((action) => action.command === 'tweet' && action.user === user);
			const expected = sent.map(
				(action) => `/msgs/${user} ${JSON.stringify({ content: 'text' in action && action.text })}`
			);
			expect(own(order)).toEqual(expected);
		}
	});

	test('stops after the actions in flight when interrupted', async () => {
		const interruption = new AbortController();
		const target = await startStub(answering(() => (interruption.abort(), 204)));
		let done = 0;
		// At the original speed the pause after this action would be far longer than the test may take.
		const slow = [TWEET, TWEET].map((action) => ({ ...action, delay: 10 ** 12 }));
		await replay(target, slow, { parallel: 1, speed: 1, signal: interruption.signal, onReply: () => done++ });
		expect(done).toBe(1);
	});
});

describe('errors are counted by kind', () => {
	test('a wrong status, with the server’s message', async () => {
		const target = await startStub((_, response) => response.writeHead(400).end('The username is already taken'));
		const tally = await replayAll(target, [TWEET, TWEET, TWEET, TWEET]);
		expect(tally.errorsByKind.get('status 400')?.count).toBe(4);
		const report = tally.report(1).join('\n');
		expect(report).toContain('4 × status 400');
		expect(report).toContain('action 5, tweet of "Jo /?#%+": The username is already taken');
	});

	test('200 instead of 204', async () => {
		const target = await startStub((_, response) => response.writeHead(200).end());
		expect((await replayAll(target, [TWEET])).errorsByKind.get('status 200')?.count).toBe(1);
	});

	test('a timeout, even if only the end of the response is late', async () => {
		const silent = await startStub(() => undefined, 20);
		const unfinished = await startStub((_, response) => response.writeHead(200).write('{'), 20);
		expect((await replayAll(silent, [TWEET])).errorsByKind.get('time-out')?.count).toBe(1);
		expect((await replayAll(unfinished, [TWEET])).errorsByKind.get('time-out')?.count).toBe(1);
	});

	test('a refused connection and a broken one', async () => {
		const breaking = await startStub((request) => request.socket.destroy());
		expect((await replayAll(breaking, [TWEET])).errorsByKind.get('connection broken')?.count).toBe(1);
		// Nothing listens on the discard port of the loopback address.
		const closed = { ...breaking, url: new URL('http://127.0.0.1:9') };
		expect((await replayAll(closed, [TWEET])).errorsByKind.get('connection refused')?.count).toBe(1);
	});
});

test('a percentile is the value that the given share does not exceed', () => {
	const hundred = Array.from({ length: 100 }, (_, index) => index + 1);
	expect([0.5, 0.9, 0.99, 1].map((share) => percentile(hundred, share))).toEqual([50, 90, 99, 100]);
	expect(percentile([7], 0.5)).toBe(7);
	expect(percentile([], 0.5)).toBe(0);
});
