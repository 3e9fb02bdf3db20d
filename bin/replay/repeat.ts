import { repeatBody } from './bodies.ts';
import type { LoggedRequest } from './logged-requests.ts';
import { People } from './people.ts';
import { type Answer, type Outgoing, send } from './send.ts';

/** Where a log is replayed, and with which secrets. */
export interface Target {
	/** Null: requests to this door are left out. */
	web: URL | null;
	api: URL | null;
	/** In place of every person's. */
	password: string;
	simulator: { name: string; password: string };
}

/** What cannot be sent again as it was: it belongs to a connection, or is made anew. */
const OWN_HEADERS = ['authorization', 'connection', 'content-length', 'cookie', 'x-forwarded-for'];

/** No credentials at all, so that no attempt to log in is counted. */
const WRONG_CREDENTIALS = 'Basic -';

/** Statuses of what was sent under another account than the one signed in. */
const OTHER_OWNER_STATUSES = [401, 409];

/** Sends logged requests again, one after the other. */
export class Repeater {
	/** Null where nothing is sent to the web app. */
	readonly people: People | null;
	readonly #target: Target;

	constructor(target: Target) {
		this.#target = target;
		this.people = target.web && new People(target.web, target.password);
	}

	/** Sends one. @throws when there is no answer */
	async repeat(request: LoggedRequest): Promise<Answer> {
		const origin = this.#target[request.door];
		if (!origin) throw new Error(`There is no address of the ${request.door}`);
		const adapted = await this.#withAccount(request);
		const answer = await send(origin, await this.#outgoing(adapted, origin));
		if (request.door === 'web') this.people?.absorb(answer, request.user, logInNameOf(request));
		return answer;
	}

	async #outgoing(request: LoggedRequest, origin: URL): Promise<Outgoing> {
		const { method, path, door, user, id, address } = request;
		const kept = Object.entries(request.headers).filter(([name]) => !OWN_HEADERS.includes(name));
		const headers: Record<string, string> = { ...Object.fromEntries(kept), 'x-request-id': id };
		const body = await repeatBody(request, this.#target.password);
		if (body?.type) headers['content-type'] = body.type;
		// A target that trusts one proxy counts its limits by address as they were counted then.
		if (address) headers['x-forwarded-for'] = address;
		if (door === 'api') {
			if (request.headers.authorization) headers.authorization = this.#authorization(user);
		} else {
			// One that was refused came from another site, and does so again.
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

	/** A form or an entry of an outbox names its owner by an id, which is another one over there. */
	async #withAccount(request: LoggedRequest): Promise<LoggedRequest> {
		const { door, body, user, status } = request;
		if (door !== 'web' || typeof body !== 'object' || body === null || !('owner' in body)) return request;
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
