import { Writable } from 'node:stream';
import type { FastifyInstance, InjectOptions, LightMyRequestResponse } from 'fastify';
import { afterAll, beforeAll, expect } from 'vitest';
import { buildApp } from '../../api-server/app.ts';
import { createLogger } from '#lib/server/observability/log.ts';
import { findFaultsOfLog } from '../log-mapping.ts';
import { useDatabase } from '../use-database.ts';
import { type Conformance, readConformance } from './conformance.ts';

/** The value of an Authorization header. */
export const basic = (name: string, password: string) =>
	`Basic ${Buffer.from(`${name}:${password}`).toString('base64')}`;

export const SIMULATOR = basic('simulator', 'super_safe!');

/** A request; without `as` the simulator sends it, and with `as: null` nobody in particular. */
export type ApiRequest = InjectOptions & { as?: string | null };

/** What a user's name is in a path. */
export const pathOf = (resource: string, name: string) => `/${resource}/${encodeURIComponent(name)}`;

/**
 * Gives a test file an API server on a database of its own. Every reply is compared with
 * `/openapi.json`: one whose status or body is not described there fails the test.
 */
export function useApi(overrides: Record<string, string> = {}) {
	const database = useDatabase(overrides);
	let app: FastifyInstance;
	let conformance: Conformance;
	let output = '';
	const destination = new Writable({
		write(chunk, _encoding, done) {
			output += chunk;
			done();
		}
	});

	async function request({ as = SIMULATOR, headers, ...options }: ApiRequest): Promise<LightMyRequestResponse> {
		const authorization = as === null ? {} : { authorization: as };
		const reply = await app.inject({ ...options, headers: { ...authorization, ...headers } });
		conformance.check(options.method ?? 'GET', String(options.url), reply);
		return reply;
	}

	beforeAll(async () => {
		app = await buildApp(database.config, createLogger('test', overrides.LOG_LEVEL ?? 'info', destination));
		conformance = readConformance((await app.inject('/openapi.json')).json());
	});
	afterAll(async () => {
		await app.close();
		// Whatever the tests have made it write, production must be able to keep.
		expect(findFaultsOfLog(output)).toEqual([]);
	});

	return {
		request,
		get: (url: string, options: ApiRequest = {}) => request({ ...options, method: 'GET', url }),
		post: (url: string, payload: InjectOptions['payload'], options: ApiRequest = {}) =>
			request({ ...options, method: 'POST', url, payload }),
		/** The number that `GET /latest` answers. */
		latest: async () => (await request({ method: 'GET', url: '/latest', as: null })).json().latest as number,
		/** Everything logged so far. */
		logged: () => output,
		/** The lines logged so far for requests with an id. */
		linesOf: (id: string) =>
			output
				.split('\n')
				.filter((line) => line.includes(`"${id}"`))
				.map((line) => JSON.parse(line)),
		/** Opens a port. Resolves to its number. */
		listen: async () => {
			await app.listen({ host: '127.0.0.1', port: 0 });
			return (app.server.address() as { port: number }).port;
		}
	};
}
