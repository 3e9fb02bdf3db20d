import { globSync, readFileSync } from 'node:fs';
import { parse } from 'yaml';

/** A stack or compose file, with the keys that the tests read. */
export interface ComposeFile {
	services: Record<string, Service>;
	networks?: Record<string, { internal?: boolean; driver_opts?: Record<string, string> } | null>;
	volumes?: Record<string, unknown>;
	configs?: Record<string, { name: string; file: string }>;
	secrets?: Record<string, { file?: string; external?: boolean }>;
}

export interface Service {
	image: string;
	build?: string;
	command?: string[];
	entrypoint?: string[];
	environment?: Record<string, string>;
	networks?: string[] | Record<string, unknown>;
	ports?: Port[];
	configs?: { source: string; target: string }[];
	secrets?: string[];
	volumes?: (string | { type: string; source?: string })[];
	healthcheck?: { test: string[] };
	logging: { driver: string; options?: Record<string, string> };
	init?: boolean;
	read_only?: boolean;
	cap_drop?: string[];
	stop_signal?: string;
	stop_grace_period?: string;
	deploy?: Deploy;
}

export interface Port {
	target: number;
	published: number;
	protocol: string;
	mode: string;
}

interface Deploy {
	mode?: string;
	endpoint_mode?: string;
	replicas?: number | string;
	placement?: { constraints?: string[]; max_replicas_per_node?: string };
	update_config?: { order: string; failure_action: string };
	rollback_config?: { order: string; failure_action: string };
	resources: { limits: Record<string, unknown>; reservations: Record<string, unknown> };
}

/** All compose files: the swarm's, then those of the hosts outside it. */
export const composePaths = ['stack.yml', ...globSync('deployment/*/compose.yml').sort()];

/** Reads a file and resolves its anchors, but not its variables. */
export function readComposeFile(path: string): ComposeFile {
	return parse(readFileSync(path, 'utf8'), { merge: true });
}

/** The variables in a file. `$$` is an escaped dollar sign. */
export function variablesIn(path: string): Set<string> {
	const text = readFileSync(path, 'utf8').replaceAll('$$', '');
	return new Set([...text.matchAll(/\$\{?([A-Z_]+)/g)].map(([, name]) => name ?? ''));
}

/** The keys of an example settings file, with their values and whether each is required. */
export function readExample(path: string): Map<string, { value: string; isRequired: boolean }> {
	const lines = readFileSync(path, 'utf8').matchAll(/^(# )?([A-Z_]+)=(.*)$/gm);
	return new Map([...lines].map(([, comment, key = '', value = '']) => [key, { value, isRequired: !comment }]));
}

/** Names of the volumes that Docker creates for a service, if each setting has its default. */
export function volumesOf({ volumes = [] }: Service): string[] {
	const sources = volumes.map((volume) =>
		typeof volume === 'string' ? volume.replace(/^\$\{\w+:-([^}]*)\}/, '$1').split(':')[0] : volume.source
	);
	return sources.filter((source): source is string => source !== undefined && /^[a-z]/.test(source));
}

/** Names of the networks of a service. */
export function networksOf({ networks = [] }: Service): string[] {
	return Array.isArray(networks) ? networks : Object.keys(networks);
}

/** Files of the repository that a service mounts. */
export function filesOf({ volumes = [] }: Service): string[] {
	const sources = volumes.map((volume) => (typeof volume === 'string' ? volume.split(':')[0] : volume.source));
	return sources.filter((source): source is string => source?.startsWith('./') === true);
}

/** Converts a duration such as `2m` or `30s` to seconds. */
export function secondsOf(time = ''): number {
	const [, amount, unit] = /^(\d+)(s|m)$/.exec(time) ?? [];
	if (!amount) throw new Error(`${time} is not a supported duration`);
	return Number(amount) * (unit === 'm' ? 60 : 1);
}
