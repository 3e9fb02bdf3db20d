import { SESSION_COOKIE, createSession } from '#lib/server/sessions.ts';

/** A client without scripts that keeps cookies and follows no redirect by itself. */
export interface Visitor {
	get(path: string, headers?: Record<string, string>): Promise<Answer>;
	/** Posts a form as a browser does, `Origin` included; `headers` may say otherwise. */
	post(path: string, fields?: Record<string, string>, headers?: Record<string, string>): Promise<Answer>;
	/** Sends anything else, with the cookies. */
	send(path: string, init: RequestInit): Promise<Answer>;
	/** Signs in without the form. */
	signInAs(person: { id: number }): Promise<void>;
	cookies: Map<string, string>;
}

export interface Answer {
	status: number;
	/** Of a redirect, null for anything else. */
	location: string | null;
	headers: Headers;
	body: string;
}

/** Somebody who has never been there. */
export function newVisitor(origin: string): Visitor {
	const cookies = new Map<string, string>();
	const send = async (path: string, init: RequestInit): Promise<Answer> => {
		const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ');
		const headers = { ...(cookie ? { cookie } : {}), ...(init.headers as Record<string, string>) };
		const response = await fetch(origin + path, { ...init, headers, redirect: 'manual' });
		for (const line of response.headers.getSetCookie()) keep(cookies, line);
		const { status } = response;
		return {
			status,
			location: response.headers.get('location'),
			headers: response.headers,
			body: await response.text()
		};
	};
	return {
		cookies,
		send,
		get: (path, headers = {}) => send(path, { headers }),
		post: (path, fields = {}, headers = {}) =>
			send(path, {
				method: 'POST',
				body: new URLSearchParams(fields),
				headers: { origin, accept: 'text/html', ...headers }
			}),
		async signInAs({ id }) {
			cookies.set(SESSION_COOKIE, await createSession(id));
		}
	};
}

function keep(cookies: Map<string, string>, line: string): void {
	const [pair = '', ...attributes] = line.split(';');
	const name = pair.slice(0, pair.indexOf('='));
	if (attributes.some((attribute) => /max-age=0/i.test(attribute))) cookies.delete(name);
	else cookies.set(name, pair.slice(name.length + 1));
}
