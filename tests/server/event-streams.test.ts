import { expect, onTestFinished, test, vi } from 'vitest';
import { closeEndedStreams, closeStreams, hasRoomFor, streamEvents } from '#lib/http/event-stream.server.ts';
import { newMessages, onRemovedMessages, startNewMessages } from '#lib/http/live-updates.server.ts';
import { SQL, execute } from '#lib/server/database/database.ts';
import { registry } from '#lib/server/observability/metrics.ts';
import { createSession, deleteSession } from '#lib/server/accounts/sessions.ts';
import { createCrowd, createMessage } from '../factories.ts';
import { useDatabase } from '../use-database.ts';

const context = useDatabase();

/** The connections that listen, all their channels included. */
const LISTENERS = SQL`
	SELECT pid FROM pg_stat_activity
	WHERE datname = current_database() AND application_name = 'minitwit-listen' AND query LIKE 'LISTEN removed%' AND state = 'idle'`;

const openStreams = async () => (await registry.getSingleMetric('minitwit_event_streams')?.get())?.values[0]?.value;

test('the metrics count open streams, whichever side closes them', async () => {
	const stop = vi.fn();
	expect(await openStreams()).toBe(0);
	const left = streamEvents('203.0.113.7', null, () => stop);
	streamEvents('203.0.113.7', null, () => stop);
	expect(await openStreams()).toBe(2);
	await left.body?.cancel();
	expect(await openStreams()).toBe(1);
	closeStreams();
	expect(await openStreams()).toBe(0);
	expect(stop).toHaveBeenCalledTimes(2);
});

async function signIn(): Promise<string> {
	const [user] = await createCrowd(1);
	return createSession(user?.id ?? 0);
}

test('a stream is notified and closed when its session ends by log-out or expiry; others stay open', async () => {
	const [ended, expired, running] = [await signIn(), await signIn(), await signIn()];
	const streams = [ended, ended, expired, running, null].map((session) => {
		const stop = vi.fn();
		return { stop, response: streamEvents('203.0.113.7', session, () => stop) };
	});
	await closeEndedStreams();
	expect(await openStreams()).toBe(5);
	await deleteSession(ended);
	await execute(SQL`
		UPDATE sessions SET expires_at = now() - interval '1 second'
		WHERE id_hash = sha256(convert_to(${expired}, 'UTF8'))`);
	await closeEndedStreams();
	for (const { response } of streams.slice(0, 3)) expect(await response.text()).toContain('event: session-ended');
	expect(streams.map(({ stop }) => stop.mock.calls.length)).toEqual([1, 1, 1, 0, 0]);
	closeStreams();
	for (const { response } of streams.slice(3)) expect(await response.text()).not.toContain('session-ended');
});

test('a session that ends without a notification is detected', async () => {
	vi.useFakeTimers({ toFake: ['setInterval'] });
	startNewMessages(context.config.DATABASE_DIRECT_URL, () => undefined);
	const session = await signIn();
	const response = streamEvents('203.0.113.7', session, () => () => undefined);
	await execute(SQL`DELETE FROM sessions`);
	vi.advanceTimersByTime(25_000);
	vi.useRealTimers();
	expect(await response.text()).toContain('event: session-ended');
});

test('what is removed or ends while nothing listens is announced once the listener does', async () => {
	vi.useFakeTimers({ toFake: ['setInterval'] });
	onTestFinished(() => void vi.useRealTimers());
	startNewMessages(context.config.DATABASE_DIRECT_URL, () => undefined);
	onTestFinished(() => newMessages().close());
	const announced: number[][] = [];
	onTestFinished(onRemovedMessages((ids) => announced.push(ids)));
	const early = streamEvents('203.0.113.7', await signIn(), () => () => undefined);
	await execute(SQL`DELETE FROM sessions`);
	await newMessages().subscribe(() => undefined);
	expect(await early.text()).toContain('event: session-ended');
	await expect.poll(() => execute(LISTENERS)).toBe(1);
	const [author] = await createCrowd(1);
	const { id } = await createMessage(author?.id ?? 0, 'flagged meanwhile', null);
	const response = streamEvents('203.0.113.7', await signIn(), () => () => undefined);
	await execute(SQL`DELETE FROM sessions`);
	await execute(SQL`UPDATE messages SET flagged = true WHERE id = ${id}`);
	await execute(SQL`SELECT pg_terminate_backend(pid) FROM (`.append(LISTENERS).append(SQL`) AS listeners`));
	expect(await response.text()).toContain('event: session-ended');
	await expect.poll(() => announced.flat()).toContain(id);
	expect(announced).not.toContainEqual([]);
});

test('an IPv6 /64 network shares the stream limit of one address', async () => {
	const fill = Array.from({ length: 400 }, (_, host) => streamEvents(`2001:db8:1:2::${host}`, null, () => () => {}));
	expect(hasRoomFor('2001:db8:1:2:ffff::1')).toBe(false);
	expect(hasRoomFor('2001:db8:1:3::1')).toBe(true);
	expect(hasRoomFor('192.0.2.1')).toBe(true);
	await fill[0]?.body?.cancel();
	expect(hasRoomFor('2001:db8:1:2:ffff::1')).toBe(true);
	closeStreams();
});
