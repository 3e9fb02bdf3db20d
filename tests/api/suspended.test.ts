import { expect, test } from 'vitest';
import { restoreAccount, suspendAccount } from '#lib/server/moderation/suspensions.ts';
import { PASSWORD, createPerson } from '../factories.ts';
import { basic, pathOf, useApi } from './use-api.ts';

const api = useApi();
const operator = { kind: 'operator', name: 'root' } as const;

test('a suspended user can read but not write, and the simulator cannot write for them', async () => {
	const [{ id, name }, other] = [await createPerson(), await createPerson()];
	await suspendAccount(operator, id, 'spam');
	const refusal = { status: 403, error_msg: 'This account is suspended: spam' };
	const writes = [
		[pathOf('msgs', name), { content: 'hello' }],
		[pathOf('fllws', name), { follow: other.name }],
		[pathOf('fllws', name), { unfollow: other.name }]
	] as const;
	const own = { as: basic(name, PASSWORD) };
	for (const [path, body] of writes) {
		for (const options of [own, {}]) {
			const reply = await api.post(path, body, options);
			expect([reply.statusCode, reply.json()]).toEqual([403, refusal]);
		}
		expect((await api.get(path, own)).statusCode).toBe(200);
	}
	expect((await api.post(`${pathOf('msgs', name)}?latest=7`, { content: 'hello' })).statusCode).toBe(403);
	expect(await api.latest()).toBe(7);
	expect((await api.get(pathOf('msgs', name))).json()).toEqual([]);
	await restoreAccount(operator, id, 'a mistake');
	expect((await api.post(pathOf('msgs', name), { content: 'hello' }, own)).statusCode).toBe(204);
});
