import { expect, test } from 'vitest';
import { connectDatabase } from '#lib/server/database/database.ts';
import { pathOf, useApi } from './use-api.ts';

const api = useApi();

test('without a database, requests are answered with 503 and the time of a retry, and logged as errors', async () => {
	connectDatabase({ url: 'postgres://127.0.0.1:1/none', poolSize: 2 });
	const headers = { 'x-request-id': 'unavailable-1' };
	for (const reply of [
		await api.get('/msgs?latest=1', { headers }),
		await api.get(pathOf('fllws', 'alice')),
		await api.post(pathOf('msgs', 'alice'), { content: 'x' }),
		await api.post(pathOf('fllws', 'alice'), { follow: 'bob' }),
		await api.get('/latest')
	]) {
		expect([reply.statusCode, reply.headers['retry-after']]).toEqual([503, '1']);
		expect(reply.json()).toEqual({ status: 503, error_msg: 'The server is busy, try again in a second' });
	}
	expect(api.linesOf('unavailable-1')).toMatchObject([{ 'log.level': 'error', error: { code: 'ECONNREFUSED' } }]);
});
