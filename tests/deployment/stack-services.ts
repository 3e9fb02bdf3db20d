import { networksOf, type Service, readComposeFile } from './compose-files.ts';

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
/** The networks that two services share. */
export const sharedNetworks = (one: string, other: string): string[] =>
	networksOf(serviceOf(one)).filter((network) => networksOf(serviceOf(other)).includes(network));
