import { cookieName } from '#lib/http/cookies.server.ts';
import { SESSION_COOKIE, createSession } from '#lib/server/accounts/sessions.ts';

/** A client without scripts that keeps cookies and does not follow redirects. */
export interface Visitor {
	get(path: string, headers?: Record<string, string>): Promise<Answer>;
	/** Posts a form as a browser does, including `Origin`, which `headers` may override. */
	post(path: string, fields?: Record<string, string>, headers?: Record<string, string>): Promise<Answer>;
	/** Sends any other request with the cookies. */
	send(path: string, init: RequestInit): Promise<Answer>;
	/** Signs in without the form. */
	signInAs(person: { id: number }): Promise<void>;
	cookies: Map<string, string>;
}

export interface Answer {
	status: number;
	/** The target of a redirect; null for any other response. */
	location: string | null;
	headers: Headers;
	body: string;
}

/**
 * Returns a visitor without cookies. `site` is the public origin of the server, if it differs from the
 * address that the server listens on.
 */
export function newVisitor(origin: string, site = origin): Visitor {
	const cookies = new Map<string, string>();
	const send = async (path: string, init: RequestInit): Promise<Answer> => {
		const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ');
		const headers = { ...(cookie ? { cookie } : {}), ...(init.headers as Record<string, string>) };
		const response = await fetch(origin + path, { ...init, headers, redirect: 'manual' });
		for (const line of response.headers.getSetCookie()) keep(cookies, line, site);
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
				headers: { origin: site, accept: 'text/html', ...headers }
			}),
		async signInAs({ id }) {
			cookies.set(cookieName(new URL(site), SESSION_COOKIE), await createSession(id));
		}
	};
}

/** Stores a cookie as a browser does (RFC 6265bis, sections 5.6 and 5.7). */
function keep(cookies: Map<string, string>, line: string, site: string): void {
	const [pair = '', ...attributes] = line.split(/; */);
	const has = (attribute: RegExp) => attributes.some((text) => attribute.test(text));
	const name = pair.slice(0, pair.indexOf('='));
	const isSecure = has(/^secure$/i);
	if (isSecure && !site.startsWith('https:')) return;
	if (name.startsWith('__Host-') && !(isSecure && has(/^path=\/$/i) && !has(/^domain=/i))) return;
	if (has(/^max-age=0$/i)) cookies.delete(name);
	else cookies.set(name, pair.slice(name.length + 1));
}
