import { globSync, readFileSync } from 'node:fs';
import { parse } from 'yaml';

/** A stack's or a host's file, as far as the tests look at it. */
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
	networks?: string[];
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
	replicas?: number | string;
	placement?: { constraints?: string[]; max_replicas_per_node?: string };
	update_config?: { order: string; failure_action: string };
	rollback_config?: { order: string; failure_action: string };
	resources: { limits: Record<string, unknown>; reservations: Record<string, unknown> };
}

/** All of them: the swarm's, then those of the hosts beside it. */
export const composePaths = ['stack.yml', ...globSync('deployment/*/compose.yml').sort()];

/** Reads one, with its anchors filled in and its variables as they are. */
export function readComposeFile(path: string): ComposeFile {
	return parse(readFileSync(path, 'utf8'), { merge: true });
}

/** The variables in a file. `$$` is a dollar that the container sees. */
export function variablesIn(path: string): Set<string> {
	const text = readFileSync(path, 'utf8').replaceAll('$$', '');
	return new Set([...text.matchAll(/\$\{?([A-Z_]+)/g)].map(([, name]) => name ?? ''));
}

/** The keys of an example of settings with their values, and whether each has to be given. */
export function readExample(path: string): Map<string, { value: string; isRequired: boolean }> {
	const lines = readFileSync(path, 'utf8').matchAll(/^(# )?([A-Z_]+)=(.*)$/gm);
	return new Map([...lines].map(([, comment, key = '', value = '']) => [key, { value, isRequired: !comment }]));
}

/** Names of the volumes that Docker makes for a service. */
export function volumesOf({ volumes = [] }: Service): string[] {
	const sources = volumes.map((volume) => (typeof volume === 'string' ? volume.split(':')[0] : volume.source));
	return sources.filter((source): source is string => source !== undefined && /^[a-z]/.test(source));
}

/** Files of the repository that a service is given by their paths. */
export function filesOf({ volumes = [] }: Service): string[] {
	const sources = volumes.map((volume) => (typeof volume === 'string' ? volume.split(':')[0] : volume.source));
	return sources.filter((source): source is string => source?.startsWith('./') === true);
}

/** Seconds of a time such as `2m` or `30s`. */
export function secondsOf(time = ''): number {
	const [, amount, unit] = /^(\d+)(s|m)$/.exec(time) ?? [];
	if (!amount) throw new Error(`${time} is no time that the tests know`);
	return Number(amount) * (unit === 'm' ? 60 : 1);
}
