import { repeatBody } from './bodies.ts';
import type { LoggedRequest } from './logged-requests.ts';
import { People } from './people.ts';
import { type Answer, type Outgoing, send } from './send.ts';

/** The target of a replay and its secrets. */
export interface Target {
	/** Requests to a service that is null are skipped. */
	web: URL | null;
	api: URL | null;
	/** The password of all users. */
	password: string;
	simulator: { name: string; password: string };
}

/** Headers that are not replayed because they belong to a connection or are created again. */
const OWN_HEADERS = ['authorization', 'connection', 'content-length', 'cookie', 'x-forwarded-for'];

/** Not valid credentials, so that no log-in attempt is counted. */
const WRONG_CREDENTIALS = 'Basic -';

/** Statuses of requests created under another account than the logged-in one. */
const OTHER_OWNER_STATUSES = [401, 409];

/** Sends logged requests again, one at a time. */
export class Repeater {
	/** Null if nothing is sent to the web app. */
	readonly people: People | null;
	readonly #target: Target;

	constructor(target: Target) {
		this.#target = target;
		this.people = target.web && new People(target.web, target.password);
	}

	/** Sends a request. Resolves to the response; rejects if there is none. */
	async repeat(request: LoggedRequest): Promise<Answer> {
		const origin = this.#target[request.service];
		if (!origin) throw new Error(`No address is given for ${request.service}`);
		const adapted = await this.#withAccount(request);
		const answer = await send(origin, await this.#outgoing(adapted, origin));
		if (request.service === 'web') this.people?.storeCookies(answer, request.user, logInNameOf(request));
		return answer;
	}

	async #outgoing(request: LoggedRequest, origin: URL): Promise<Outgoing> {
		const { method, path, service, user, id, address } = request;
		const kept = Object.entries(request.headers).filter(([name]) => !OWN_HEADERS.includes(name));
		const headers: Record<string, string> = { ...Object.fromEntries(kept), 'x-request-id': id };
		const body = await repeatBody(request, this.#target.password);
		if (body?.type) headers['content-type'] = body.type;
		// With TRUSTED_PROXIES=1, the target counts limits by the original addresses.
		if (address) headers['x-forwarded-for'] = address;
		if (service === 'api') {
			if (request.headers.authorization) headers.authorization = this.#authorization(user);
		} else {
			// A request with status 403 came from another site, so it keeps its Origin.
			if (headers.origin && request.status !== 403) headers.origin = origin.origin;
			const cookie = await this.people?.cookieOf(user);
			if (cookie) headers.cookie = cookie;
		}
		return { method, path: origin.pathname.replace(/\/$/, '') + path, headers, bytes: body?.bytes ?? null };
	}

	#authorization(user: string | null): string {
		if (user === null) return WRONG_CREDENTIALS;
		const { simulator, password } = this.#target;
		const pair = user === simulator.name ? `${user}:${simulator.password}` : `${user}:${password}`;
		return `Basic ${Buffer.from(pair).toString('base64')}`;
	}

	/** Forms and outbox entries name their owner by id, which differs on the target. */
	async #withAccount(request: LoggedRequest): Promise<LoggedRequest> {
		const { service, body, user, status } = request;
		if (service !== 'web' || typeof body !== 'object' || body === null || !('owner' in body)) return request;
		const isOwn = user !== null && !OTHER_OWNER_STATUSES.includes(status);
		const id = isOwn ? ((await this.people?.accountOf(user)) ?? 0) : 0;
		if (typeof body.owner === 'number') return { ...request, body: { ...body, owner: id } };
		return typeof body.owner === 'string' ? { ...request, body: { ...body, owner: String(id) } } : request;
	}
}

function logInNameOf({ method, path, body }: LoggedRequest): string | null {
	if (method !== 'POST' || !/^\/login(\?|$)/.test(path)) return null;
	const name = (body as { username?: unknown } | null | undefined)?.username;
	return typeof name === 'string' ? name : null;
}
