import { hash, timingSafeEqual } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import fp from 'fastify-plugin';
import type { Latest } from '#lib/server/latest.ts';
import { countSimulatorFailure, logIn } from '#lib/server/log-ins.ts';
import type { Limited } from '#lib/server/rate-limits.ts';
import { addressOf } from './observation.ts';
import { NOT_AUTHORIZED, refuse, refuseLimited } from './errors.ts';

/** On whose behalf a request is made. */
export interface Actor {
	name: string;
	/** The simulator may act for everyone, and no limit holds for it. */
	isSimulator: boolean;
}

declare module 'fastify' {
	interface FastifyInstance {
		/**
		 * Sets the actor and number of a request that comes from the simulator. A promise only when the
		 * password was wrong, which is counted.
		 */
		recogniseSimulator(request: FastifyRequest): Promise<void> | null;
	}
	interface FastifyRequest {
		/** Null until somebody is known by their credentials. */
		actor: Actor | null;
		/** The simulator's number, as long as it has not been recorded. */
		latest: Latest;
		/** What a wrong password for the simulator came to; null when there was none. */
		guess: { limited: Limited | null } | null;
	}
}

interface Credentials {
	name: string;
	password: string;
}

/** Digests are of one length, so that comparing them tells nothing about what was compared. */
const digest = (text: string) => hash('sha256', text, 'buffer');

function readBasicCredentials(header: string | undefined): Credentials | null {
	const encoded = /^Basic +([\w+/=-]+) *$/i.exec(header ?? '')?.[1];
	if (!encoded) return null;
	const text = Buffer.from(encoded, 'base64').toString();
	const colon = text.indexOf(':');
	return colon < 0 ? null : { name: text.slice(0, colon), password: text.slice(colon + 1) };
}

function readLatest(url: string): Latest {
	const start = url.indexOf('?');
	const text = start < 0 ? null : new URLSearchParams(url.slice(start)).get('latest');
	const number = Number(text);
	return text !== null && /^-?\d+$/.test(text) && Number.isSafeInteger(number) ? number : null;
}

/** A hook for what whoever guesses the simulator's password too often may not do. */
export async function refuseGuesses(request: FastifyRequest, reply: FastifyReply) {
	const limited = request.guess?.limited;
	if (limited) return refuseLimited(request, reply, limited);
}

/** A hook for what only the simulator or a registered person may do. */
export async function requireActor(request: FastifyRequest, reply: FastifyReply) {
	if (request.actor) return;
	if (request.guess?.limited) return refuseLimited(request, reply, request.guess.limited);
	const credentials = readBasicCredentials(request.headers.authorization);
	if (!credentials || request.guess) return refuse(request, reply, 403, NOT_AUTHORIZED);
	const client = { address: addressOf(request), device: null };
	const outcome = await logIn(credentials.name, credentials.password, client);
	if ('limited' in outcome) return refuseLimited(request, reply, outcome.limited);
	if ('invalid' in outcome) return refuse(request, reply, 403, NOT_AUTHORIZED);
	request.actor = { name: outcome.user.name, isSimulator: false };
}

/** Whether a request may write under a name. */
export function canActFor({ actor }: FastifyRequest, name: string): boolean {
	return actor !== null && (actor.isSimulator || actor.name === name);
}

/** Runs a statement that records the simulator's number along the way, and remembers that it did. */
export async function recordingLatest<T>(request: FastifyRequest, run: (latest: Latest) => Promise<T>): Promise<T> {
	const result = await run(request.latest);
	request.latest = null;
	return result;
}

/** Recognises the simulator, on every route: its number counts also where the rest is refused. */
export default fp(async (app) => {
	const { SIMULATOR_USERNAME: name, SIMULATOR_PASSWORD: password } = app.config;
	const expected = digest(`${name}:${password}`);
	app.decorateRequest('actor', null);
	app.decorateRequest('latest', null);
	app.decorateRequest('guess', null);
	app.decorate('recogniseSimulator', (request) => {
		const given = readBasicCredentials(request.headers.authorization);
		const isSimulator = given !== null && timingSafeEqual(digest(`${given.name}:${given.password}`), expected);
		request.actor = isSimulator ? { name, isSimulator } : null;
		request.latest = isSimulator ? readLatest(request.url) : null;
		return given?.name === name && !isSimulator ? countGuess(request, name) : null;
	});
	app.addHook('onRequest', (request, _reply, done) => {
		const counted = app.recogniseSimulator(request);
		if (counted) counted.then(() => done(), done);
		else done();
	});
});

async function countGuess(request: FastifyRequest, name: string): Promise<void> {
	request.guess = { limited: await countSimulatorFailure(name, addressOf(request)) };
}
