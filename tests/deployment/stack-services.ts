import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { type Service, readComposeFile } from './compose-files.ts';
import { instructionsOf, lastOf } from './dockerfile.ts';
import { stages } from './image-folders.ts';

/** The stack file. */
export const stack = readComposeFile('stack.yml');
export const services = Object.entries(stack.services);
export const configs = stack.configs ?? {};
export const networks = stack.networks ?? {};

/** A service by its name. Throws if there is none. */
export const serviceOf = (name: string): Service => {
	const service = stack.services[name];
	if (!service) throw new Error(`stack.yml has no service ${name}`);
	return service;
};
/** Whether a network is internal. */
export const isInternal = (network: string) => networks[network]?.internal === true;
/** Whether two services share a network. */
export const share = (one: Service, other: Service) =>
	one.networks?.some((network) => other.networks?.includes(network));

/** The port of a service, from its image or its health check. */
export function portOf(name: string): number {
	if (stages.has(name)) return Number(lastOf(instructionsOf(stages, name), 'EXPOSE'));
	if (name === 'filebeat') return parse(readFileSync('deployment/filebeat/filebeat.yml', 'utf8'))['http.port'];
	return Number(/127\.0\.0\.1:(\d+)\//.exec(serviceOf(name).healthcheck?.test.join(' ') ?? '')?.[1]);
}
