import { ACCOUNT_HEADER } from '#lib/http/account-header.ts';
import { PUBLIC_SIMULATOR_PASSWORD } from '#lib/server/config.ts';

const PASSWORD = 'correct horse battery';

/** The credentials of the simulator, which may post as any user. */
export const SIMULATOR = `Basic ${btoa(`simulator:${PUBLIC_SIMULATOR_PASSWORD}`)}`;

/** A registered user who is logged in to the web app. */
export interface Account {
	id: number;
	name: string;
	cookie: string;
}

/** Registers a user through the API and logs them in to the web app. */
export async function createAccount(web: string, api: string, name: string): Promise<Account> {
	const person = { username: name, email: `${name}@example.org`, pwd: PASSWORD };
	const headers = { 'content-type': 'application/json', authorization: SIMULATOR };
	await expectStatus(204, fetch(`${api}/register`, { method: 'POST', headers, body: JSON.stringify(person) }));
	const body = new URLSearchParams({ username: name, password: PASSWORD });
	const form = { method: 'POST', headers: { origin: web, accept: 'text/html' }, body, redirect: 'manual' } as const;
	const answer = await expectStatus(303, fetch(`${web}/login`, form));
	const cookie = answer.headers
		.getSetCookie()
		.map((line) => line.split(';')[0])
		.join('; ');
	const page = await expectStatus(200, fetch(`${web}/public`, { headers: { cookie } }));
	return { id: Number(page.headers.get(ACCOUNT_HEADER)), name, cookie };
}

async function expectStatus(status: number, request: Promise<Response>): Promise<Response> {
	const response = await request;
	if (response.status !== status)
		throw new Error(`${response.url} answered ${response.status}: ${await response.text()}`);
	return response;
}
