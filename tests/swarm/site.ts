import { request } from 'node:https';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { FOLDER } from './lab.ts';

/* A client of the deployed site. It runs in the operator's network namespace: the public network is only there. */

export const SITE = 'minitwit.test';
export const API = `api.${SITE}`;
/** The manager, or another host to which the names lead. */
const ADDRESS = process.env.ADDRESS ?? '10.78.0.11';
const TIMEOUT_MS = 20_000;

const ca = readFileSync(join(FOLDER, 'shared/authority.crt'));

export interface Answer {
	/** 0 if there was none; `body` then has the reason. */
	status: number;
	body: string;
	cookies: string[];
}

export interface Asked {
	method?: string;
	headers?: Record<string, string>;
	body?: string;
}

/** Makes a request on a connection of its own. Resolves in any case. */
export function ask(
	host: string,
	path: string,
	{ method = 'GET', headers = {}, body = '' }: Asked = {}
): Promise<Answer> {
	return new Promise((resolve) => {
		const fail = (error: NodeJS.ErrnoException) =>
			resolve({ status: 0, body: error.code ?? error.message, cookies: [] });
		const length = method === 'POST' ? { 'content-length': String(Buffer.byteLength(body)) } : {};
		const options = { host: ADDRESS, servername: host, ca, path, method, agent: false };
		const sent = request({ ...options, headers: { host, ...length, ...headers } }, (response) => {
			let text = '';
			response.setEncoding('utf8');
			response.on('data', (part) => (text += part));
			response.on('error', fail);
			response.on('end', () => {
				const cookies = (response.headers['set-cookie'] ?? []).map((cookie) => cookie.split(';')[0] ?? '');
				resolve({ status: response.statusCode ?? 0, body: text, cookies });
			});
		});
		sent.on('error', fail);
		sent.setTimeout(TIMEOUT_MS, () => sent.destroy(new Error(`no answer in ${TIMEOUT_MS} ms`)));
		sent.end(body);
	});
}

/** The body and the headers of a form sent by the site's own page. */
export function form(fields: Record<string, string>, headers: Record<string, string> = {}): Asked {
	const type = { origin: `https://${SITE}`, accept: 'text/html', 'content-type': 'application/x-www-form-urlencoded' };
	return { method: 'POST', headers: { ...type, ...headers }, body: new URLSearchParams(fields).toString() };
}

/** An account with a session. */
export interface Account {
	name: string;
	cookie: string;
}

/** Registers an account and logs in. @throws if the site refuses */
export async function createAccount(name: string): Promise<Account> {
	const password = 'correct horse battery';
	const registration = { username: name, email: `${name}@example.org`, password, password2: password };
	await ask(SITE, '/register', form(registration));
	const { status, cookies, body } = await ask(SITE, '/login', form({ username: name, password }));
	if (status !== 303) throw new Error(`The log-in of ${name} answered ${status}: ${body.slice(0, 200)}`);
	return { name, cookie: cookies.join('; ') };
}
