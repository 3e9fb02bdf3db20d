import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { ConfigError, configKeys } from '#lib/server/config.ts';

const ROOT = join(import.meta.dirname, '..');

/** Keys that the command line reads, and not the servers. */
export const commandLineKeys = ['DATA_FOLDER'];

const PLATFORM_KEYS = ['NODE_ENV', 'NODE_OPTIONS', 'TZ'];

/**
 * The environment with what `.env` adds to it; what is set in the real one wins. All paths are from
 * the root of the project, so that becomes the working folder.
 * @throws ConfigError that names the keys in `.env` which mean nothing to MiniTwit
 */
export function readEnvironment(): NodeJS.ProcessEnv {
	process.chdir(ROOT);
	if (!existsSync('.env')) return process.env;
	const file = parseEnv(readFileSync('.env', 'utf8'));
	const known = new Set([...configKeys.flatMap((key) => [key, `${key}_FILE`]), ...commandLineKeys, ...PLATFORM_KEYS]);
	const unknown = Object.keys(file).filter((key) => !known.has(key));
	if (unknown.length > 0) {
		throw new ConfigError(`.env sets ${unknown.join(', ')}, which MiniTwit does not know: see .env.example.`);
	}
	return { ...file, ...process.env };
}
