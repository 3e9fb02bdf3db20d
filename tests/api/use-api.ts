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

/** A request. It carries the simulator's credentials by default, and none with `as: null`. */
export type ApiRequest = InjectOptions & { as?: string | null };

/** Returns the path of a user's resource. */
export const pathOf = (resource: string, name: string) => `/${resource}/${encodeURIComponent(name)}`;

/**
 * Starts an API server on its own database for a test file. Every reply is checked against
 * `/openapi.json`: an undocumented status or body fails the test.
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
		// Elasticsearch must accept every line that the tests produced.
		expect(findFaultsOfLog(output)).toEqual([]);
	});

	return {
		request,
		get: (url: string, options: ApiRequest = {}) => request({ ...options, method: 'GET', url }),
		post: (url: string, payload: InjectOptions['payload'], options: ApiRequest = {}) =>
			request({ ...options, method: 'POST', url, payload }),
		/** Resolves to the number from `GET /latest`. */
		latest: async () => (await request({ method: 'GET', url: '/latest', as: null })).json().latest as number,
		/** Everything logged so far. */
		logged: () => output,
		/** The lines logged so far for requests with this id. */
		linesOf: (id: string) =>
			output
				.split('\n')
				.filter((line) => line.includes(`"${id}"`))
				.map((line) => JSON.parse(line)),
		/** Starts listening. Resolves to the port. */
		listen: async () => {
			await app.listen({ host: '127.0.0.1', port: 0 });
			return (app.server.address() as { port: number }).port;
		}
	};
}
