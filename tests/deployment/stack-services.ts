import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { type Service, readComposeFile } from './compose-files.ts';
import { instructionsOf, lastOf } from './dockerfile.ts';
import { stages } from './image-folders.ts';

/** The swarm's file. */
export const stack = readComposeFile('stack.yml');
export const services = Object.entries(stack.services);
export const configs = stack.configs ?? {};
export const networks = stack.networks ?? {};

/** A service by its name. Throws when there is none. */
export const serviceOf = (name: string): Service => {
	const service = stack.services[name];
	if (!service) throw new Error(`stack.yml has no service ${name}`);
	return service;
};
/** Whether a network leads nowhere else. */
export const isInternal = (network: string) => networks[network]?.internal === true;
/** Whether two services can talk to each other. */
export const share = (one: Service, other: Service) =>
	one.networks?.some((network) => other.networks?.includes(network));

/** Where a service listens, as its image or its health check says. */
export function portOf(name: string): number {
	if (stages.has(name)) return Number(lastOf(instructionsOf(stages, name), 'EXPOSE'));
	if (name === 'filebeat') return parse(readFileSync('deployment/filebeat/filebeat.yml', 'utf8'))['http.port'];
	return Number(/127\.0\.0\.1:(\d+)\//.exec(serviceOf(name).healthcheck?.test.join(' ') ?? '')?.[1]);
}
