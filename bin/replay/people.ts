import { ACCOUNT_HEADER } from '#lib/http/account-header.ts';
import { cookieName } from '#lib/http/cookies.server.ts';
import { SESSION_COOKIE } from '#lib/server/accounts/sessions.ts';
import { type Answer, send } from './send.ts';

/** The cookies of a logged-in user. */
interface Jar {
	cookies: Map<string, string>;
	/** The user's id on the target, from a response header. */
	account: string | null;
}

/**
 * The users of a replay. Sessions are not logged and cannot be reused, so each user gets a new one: from a
 * logged log-in, or from one made when it is needed.
 */
export class People {
	/** Names that could not log in. */
	readonly failedLogIns = new Set<string>();
	readonly #jars = new Map<string, Jar>();
	readonly #origin: URL;
	readonly #sessionCookie: string;
	readonly #password: string;

	constructor(origin: URL, password: string) {
		this.#origin = origin;
		this.#sessionCookie = cookieName(origin, SESSION_COOKIE);
		this.#password = password;
	}

	/** Resolves to the Cookie header of a user; null for an anonymous request or a user who cannot log in. */
	async cookieOf(name: string | null): Promise<string | null> {
		const jar = name === null ? null : await this.#find(name);
		return jar && [...jar.cookies].map(([key, value]) => `${key}=${value}`).join('; ');
	}

	/** Resolves to a user's id on the target; 0, which no user has, if the user cannot log in. */
	async accountOf(name: string): Promise<number> {
		const jar = await this.#find(name);
		if (jar && jar.account === null) {
			const headers = { cookie: (await this.cookieOf(name)) ?? '' };
			this.#learn(jar, await send(this.#origin, { method: 'GET', path: '/healthz', headers, bytes: null }));
		}
		return Number(jar?.account ?? 0);
	}

	/** Stores the cookies of a response to a user's request, or to a log-in as `logInName`. */
	storeCookies(answer: Answer, name: string | null, logInName: string | null): void {
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
		if (known || this.failedLogIns.has(name)) return known ?? null;
		const bytes = Buffer.from(new URLSearchParams({ username: name, password: this.#password }).toString());
		const headers = { 'content-type': 'application/x-www-form-urlencoded', origin: this.#origin.origin };
		this.storeCookies(await send(this.#origin, { method: 'POST', path: '/login', headers, bytes }), null, name);
		const jar = this.#jars.get(name) ?? null;
		if (!jar) this.failedLogIns.add(name);
		return jar;
	}
}

function isRemoval(line: string): boolean {
	return /;\s*max-age=0/i.test(line);
}
