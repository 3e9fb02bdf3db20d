import { expect, test } from 'vitest';
import { createInvite } from '#lib/server/accounts/invites.ts';
import { configureRegistration } from '#lib/server/accounts/registration.ts';
import { PASSWORD } from '../factories.ts';
import { useApi } from './use-api.ts';

const api = useApi({ REGISTRATION: 'invitation' });

const register = (username: string, invite?: string, as?: null) =>
	api.post('/register', { username, email: 'a@example.org', pwd: PASSWORD, invite }, { as });

test('POST /register asks everybody but the simulator for an invitation', async () => {
	const { code } = await createInvite({ kind: 'operator', name: 'root' }, { uses: 1, days: 1, note: null });
	const refusal = await register('anna', undefined, null);
	expect([refusal.statusCode, refusal.json().error_msg]).toEqual([400, 'You have to enter an invitation code']);
	expect((await register('anna', code, null)).statusCode).toBe(204);
	expect((await register('berta', code, null)).statusCode).toBe(400);
	expect((await register('berta')).statusCode).toBe(204);
	expect(api.logged()).not.toContain(code);
});

test('POST /register answers 403 where registration is closed, but not to the simulator', async () => {
	configureRegistration({ REGISTRATION: 'closed' });
	const refusal = await register('carla', undefined, null);
	expect([refusal.statusCode, refusal.json().error_msg]).toEqual([403, 'Registration is closed']);
	expect((await register('carla')).statusCode).toBe(204);
});
