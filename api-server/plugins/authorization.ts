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

/** The authenticated actor of a request: the simulator, which may act for every user, or a registered user. */
type Actor = { name: string; isSimulator: true } | (SignedIn & { isSimulator: false });

declare module 'fastify' {
	interface FastifyInstance {
		/**
		 * Sets the actor of a request from the simulator and starts recording its number. Returns a promise
		 * only for a wrong password, which is counted.
		 */
		recogniseSimulator(request: FastifyRequest): Promise<void> | null;
	}
	interface FastifyRequest {
		/** Null until the request is authenticated. */
		actor: Actor | null;
		/** Resolves once the simulator's number is recorded; null if the request carried none. */
		latestRecorded: Promise<unknown> | null;
		/** The outcome of a wrong password for the simulator; null if there was none. */
		guess: { limited: Limited | null } | null;
	}
}

interface Credentials {
	name: string;
	password: string;
}

/** Digests have equal length, which timingSafeEqual needs to reveal nothing about the texts. */
const digest = (text: string) => hash('sha256', text, 'buffer');

function readBasicCredentials(header: string | undefined): Credentials | null {
	const encoded = /^Basic +([\w+/=-]+) *$/i.exec(header ?? '')?.[1];
	if (!encoded) return null;
	const text = Buffer.from(encoded, 'base64').toString();
	const colon = text.indexOf(':');
	return colon < 0 ? null : { name: text.slice(0, colon), password: text.slice(colon + 1) };
}

/** Reads `latest` like the course's reference server: a value that is not an integer counts as absent, as does -1. */
function readLatest(url: string): number | null {
	const start = url.indexOf('?');
	const text = start < 0 ? null : new URLSearchParams(url.slice(start)).get('latest');
	const number = Number(text);
	const isGiven = text !== null && /^-?\d+$/.test(text) && Number.isSafeInteger(number);
	return isGiven && number !== NONE_YET ? number : null;
}

/** A hook for routes without authentication: rejects clients that have guessed the simulator's password too often. */
export async function refuseGuesses(request: FastifyRequest, reply: FastifyReply) {
	const limited = request.guess?.limited;
	if (limited) return refuseLimited(reply, limited);
}

/** A hook that requires the credentials of the simulator or a registered user. */
export async function requireActor(request: FastifyRequest, reply: FastifyReply) {
	if (request.actor) return;
	if (request.guess?.limited) return refuseLimited(reply, request.guess.limited);
	const credentials = readBasicCredentials(request.headers.authorization);
	if (!credentials || request.guess) return refuse(reply, 403, NOT_AUTHORIZED);
	const client = { address: addressOf(request), device: null };
	const outcome = await logIn(credentials.name, credentials.password, client);
	if ('limited' in outcome) return refuseLimited(reply, outcome.limited);
	// A program that tries its password must not reopen an account.
	if ('invalid' in outcome || outcome.isClosed) return refuse(reply, 403, NOT_AUTHORIZED);
	request.actor = { ...outcome.user, isSimulator: false };
}

/** Returns the writer for a request that writes under a name, or null if it may not. */
export function findWriter(request: FastifyRequest, name: string): Writer | null {
	const { actor } = request;
	if (actor?.isSimulator) return { name };
	return actor?.name === name ? { id: actor.id, name, address: addressOf(request) } : null;
}

/** Authenticates the simulator on every route: its number counts even if the request is rejected. */
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
		// Reading the number is not an action.
		const isAction = isSimulator && request.routeOptions.url !== '/latest';
		const number = isAction ? readLatest(request.url) : null;
		if (number !== null) {
			const recorded = recordLatest(number);
			// A failure is handled in onSend, where the reply waits for the promise.
			recorded.catch(() => undefined);
			request.latestRecorded = recorded;
		}
		return given?.name === name && !isSimulator ? countGuess(request, name) : null;
	});
	app.addHook('onRequest', (request, _reply, done) => {
		const counted = app.recogniseSimulator(request);
		if (counted) counted.then(() => done(), done);
		else done();
	});
	// A client may ask any process for the number as soon as it has the reply.
	app.addHook('onSend', (request, reply, _payload, done) => {
		const recorded = request.latestRecorded;
		if (!recorded) return done();
		// Reset first, because the reply to a failure passes through this hook again.
		request.latestRecorded = null;
		// A reply that already is an error stays as it is.
		recorded.then(
			() => done(),
			(error) => (reply.statusCode >= 500 ? done() : done(error))
		);
	});
});

async function countGuess(request: FastifyRequest, name: string): Promise<void> {
	request.guess = { limited: await countSimulatorFailure(name, addressOf(request)) };
}
