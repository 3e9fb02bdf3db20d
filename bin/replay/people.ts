import { ACCOUNT_HEADER } from '#lib/http/account-header.ts';
import { cookieName } from '#lib/http/cookies.server.ts';
import { SESSION_COOKIE } from '#lib/server/accounts/sessions.ts';
import { type Answer, send } from './send.ts';

/** The cookies of somebody who is signed in. */
interface Jar {
	cookies: Map<string, string>;
	/** Their id over there, which the server tells with each page. */
	account: string | null;
}

/**
 * Whoever signs in during a replay. A session is not logged and cannot be sent again, so each person
 * has one of their own: from the log-in that was logged, else from one that is made when it is needed.
 */
export class People {
	/** Who could not be signed in. */
	readonly strangers = new Set<string>();
	readonly #jars = new Map<string, Jar>();
	readonly #origin: URL;
	readonly #sessionCookie: string;
	readonly #password: string;

	constructor(origin: URL, password: string) {
		this.#origin = origin;
		this.#sessionCookie = cookieName(origin, SESSION_COOKIE);
		this.#password = password;
	}

	/** The Cookie header of a person; null for nobody, and for who cannot be signed in. */
	async cookieOf(name: string | null): Promise<string | null> {
		const jar = name === null ? null : await this.#find(name);
		return jar && [...jar.cookies].map(([key, value]) => `${key}=${value}`).join('; ');
	}

	/** A person's id over there; 0, which is nobody's, for who cannot be signed in. */
	async accountOf(name: string): Promise<number> {
		const jar = await this.#find(name);
		if (jar && jar.account === null) {
			const headers = { cookie: (await this.cookieOf(name)) ?? '' };
			this.#learn(jar, await send(this.#origin, { method: 'GET', path: '/healthz', headers, bytes: null }));
		}
		return Number(jar?.account ?? 0);
	}

	/** Takes the cookies of an answer to a person's request, or to a log-in as somebody. */
	absorb(answer: Answer, name: string | null, logInName: string | null): void {
		const cookies = answer.headers['set-cookie'] ?? [];
		const signsIn = cookies.some((line) => line.startsWith(`${this.#sessionCookie}=`) && !isRemoval(line));
		if (logInName !== null && signsIn) this.#jars.set(logInName, { cookies: new Map(), account: null });
		const owner = logInName !== null && signsIn ? logInName : name;
		const jar = owner === null ? undefined : this.#jars.get(owner);
		if (!jar || owner === null) return;
		this.#learn(jar, answer);
		if (!jar.cookies.has(this.#sessionCookie)) this.#jars.delete(owner);
	}

	#learn(jar: Jar, { headers }: Answer): void {
		const account = headers[ACCOUNT_HEADER];
		if (typeof account === 'string' && account !== 'none') jar.account = account;
		for (const line of headers['set-cookie'] ?? []) {
			const [pair = ''] = line.split(';');
			const name = pair.slice(0, pair.indexOf('='));
			if (isRemoval(line)) jar.cookies.delete(name);
			else jar.cookies.set(name, pair.slice(name.length + 1));
		}
	}

	async #find(name: string): Promise<Jar | null> {
		const known = this.#jars.get(name);
		if (known || this.strangers.has(name)) return known ?? null;
		const bytes = Buffer.from(new URLSearchParams({ username: name, password: this.#password }).toString());
		const headers = { 'content-type': 'application/x-www-form-urlencoded', origin: this.#origin.origin };
		this.absorb(await send(this.#origin, { method: 'POST', path: '/login', headers, bytes }), null, name);
		const jar = this.#jars.get(name) ?? null;
		if (!jar) this.strangers.add(name);
		return jar;
	}
}

function isRemoval(line: string): boolean {
	return /;\s*max-age=0/i.test(line);
}
