import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { ConfigError, configKeys } from '#lib/server/config.ts';

const ROOT = join(import.meta.dirname, '..');

/** Keys that only the command line reads. */
export const commandLineKeys = ['DATA_FOLDER'];

const PLATFORM_KEYS = ['NODE_ENV', 'NODE_OPTIONS', 'TZ'];

/**
 * Returns the environment merged with `.env`; real environment variables win. All paths are relative to the
 * project's root, which becomes the working directory.
 * @throws ConfigError that names unknown keys in `.env`
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
