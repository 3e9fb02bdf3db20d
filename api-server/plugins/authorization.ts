import { hash, timingSafeEqual } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import fp from 'fastify-plugin';
import { NONE_YET, recordLatest } from '#lib/server/simulator/simulator-number.ts';
import { countSimulatorFailure, logIn } from '#lib/server/accounts/log-in.ts';
import type { Limited } from '#lib/server/accounts/rate-limits.ts';
import type { SignedIn } from '#lib/server/accounts/sessions.ts';
import type { Writer } from '#lib/server/accounts/writers.ts';
import { addressOf } from './observation.ts';
import { NOT_AUTHORIZED, refuse, refuseLimited } from './errors.ts';

/** On whose behalf a request is made: the simulator's, which may act for everyone, or a registered person's. */
type Actor = { name: string; isSimulator: true } | (SignedIn & { isSimulator: false });

declare module 'fastify' {
	interface FastifyInstance {
		/**
		 * Sets the actor of a request that comes from the simulator, and begins to record its number. A
		 * promise only when the password was wrong, which is counted.
		 */
		recogniseSimulator(request: FastifyRequest): Promise<void> | null;
	}
	interface FastifyRequest {
		/** Null until somebody is known by their credentials. */
		actor: Actor | null;
		/** Resolves once the simulator's number is recorded; null when the request carried none. */
		latestRecorded: Promise<void> | null;
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

/** As the course's reference server: what is no whole number counts as absent, and so does the number of no action. */
function readLatest(url: string): number | null {
	const start = url.indexOf('?');
	const text = start < 0 ? null : new URLSearchParams(url.slice(start)).get('latest');
	const number = Number(text);
	const isGiven = text !== null && /^-?\d+$/.test(text) && Number.isSafeInteger(number);
	return isGiven && number !== NONE_YET ? number : null;
}

/** A hook for what whoever guesses the simulator's password too often may not do. */
export async function refuseGuesses(request: FastifyRequest, reply: FastifyReply) {
	const limited = request.guess?.limited;
	if (limited) return refuseLimited(reply, limited);
}

/** A hook for what only the simulator or a registered person may do. */
export async function requireActor(request: FastifyRequest, reply: FastifyReply) {
	if (request.actor) return;
	if (request.guess?.limited) return refuseLimited(reply, request.guess.limited);
	const credentials = readBasicCredentials(request.headers.authorization);
	if (!credentials || request.guess) return refuse(reply, 403, NOT_AUTHORIZED);
	const client = { address: addressOf(request), device: null };
	const outcome = await logIn(credentials.name, credentials.password, client);
	if ('limited' in outcome) return refuseLimited(reply, outcome.limited);
	if ('invalid' in outcome) return refuse(reply, 403, NOT_AUTHORIZED);
	request.actor = { ...outcome.user, isSimulator: false };
}

/** Who writes when a request does so under a name; null when it may not. */
export function findWriter(request: FastifyRequest, name: string): Writer | null {
	const { actor } = request;
	if (actor?.isSimulator) return { name };
	return actor?.name === name ? { id: actor.id, name, address: addressOf(request) } : null;
}

/** Recognises the simulator, on every route: its number counts also where the rest is refused. */
export default fp(async (app) => {
	const { SIMULATOR_USERNAME: name, SIMULATOR_PASSWORD: password } = app.config;
	const expected = digest(`${name}:${password}`);
	app.decorateRequest('actor', null);
	app.decorateRequest('latestRecorded', null);
	app.decorateRequest('guess', null);
	app.decorate('recogniseSimulator', (request) => {
		const given = readBasicCredentials(request.headers.authorization);
		const isSimulator = given !== null && timingSafeEqual(digest(`${given.name}:${given.password}`), expected);
		request.actor = isSimulator ? { name, isSimulator } : null;
		// To ask for the number is no action.
		const isAction = isSimulator && request.routeOptions.url !== '/latest';
		const number = isAction ? readLatest(request.url) : null;
		if (number !== null) {
			request.latestRecorded = recordLatest(number);
			// A failure is met where the reply waits for it.
			request.latestRecorded.catch(() => undefined);
		}
		return given?.name === name && !isSimulator ? countGuess(request, name) : null;
	});
	app.addHook('onRequest', (request, _reply, done) => {
		const counted = app.recogniseSimulator(request);
		if (counted) counted.then(() => done(), done);
		else done();
	});
	// Whoever has a reply may ask any process for the number.
	app.addHook('onSend', (request, _reply, _payload, done) => {
		const recorded = request.latestRecorded;
		if (!recorded) return done();
		// Once: the reply to a failure is sent through this hook too.
		request.latestRecorded = null;
		recorded.then(() => done(), done);
	});
});

async function countGuess(request: FastifyRequest, name: string): Promise<void> {
	request.guess = { limited: await countSimulatorFailure(name, addressOf(request)) };
}
