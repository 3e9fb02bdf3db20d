import { readFileSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readConfig } from '#lib/server/config.ts';
import { API_COMMAND } from '../../bin/servers.ts';
import { environmentOf, execForm, instructionsOf, lastOf, readContext } from './dockerfile.ts';
import { stages } from './image-folders.ts';

const config = readConfig({ DATABASE_URL: 'postgres://alice@127.0.0.1/minitwit' });
const api = instructionsOf(stages, 'api');
const web = instructionsOf(stages, 'web');

test('every image is based on an exact version of Node, the tested one', () => {
	const lock = JSON.parse(readFileSync('package-lock.json', 'utf8'));
	const images = [...stages.values()].map(({ parent }) => parent).filter((parent) => !stages.has(parent));
	expect(images).toEqual([expect.stringContaining(`node:${lock.packages['node_modules/node'].version}-`)]);
});

describe.each(['web', 'api', 'migrate'])('%s', (target) => {
	const instructions = instructionsOf(stages, target);

	test('does not run as root', () => {
		expect(lastOf(instructions, 'USER')).toBe('node');
	});

	test('starts Node without a shell, with a file that it contains', () => {
		const [program, ...args] = execForm(lastOf(instructions, 'CMD'));
		expect(program).toBe('node');
		expect(args.at(-1)).toMatch(/^[\w-]+\/[\w-]+\.[jt]s$/);
	});

	test('has labels for its licence and its revision', () => {
		const labels = lastOf(instructions, 'LABEL');
		expect(labels).toContain(`licenses="${JSON.parse(readFileSync('package.json', 'utf8')).license}"`);
		expect(labels).toContain('revision="$REVISION"');
	});
});

/** All files of the repository that a file imports, including itself. */
function importsOf(file: string, known = new Set<string>()): Set<string> {
	if (known.has(file)) return known;
	known.add(file);
	for (const [, path = ''] of readFileSync(file, 'utf8').matchAll(/from '((?:#lib|\.\.?)\/[^']+)'/g))
		importsOf(path.startsWith('#lib') ? path.replace('#lib', 'src/lib') : join(dirname(file), path), known);
	return known;
}

test.each([
	['web', 'web-server/main.ts'],
	['api', 'api-server/main.ts'],
	['migrate', 'bin/migrate.ts']
])('%s has every file that its program imports', (target, program) => {
	const copied = instructionsOf(stages, target)
		.filter(({ name, flags }) => name === 'COPY' && !flags.from)
		.flatMap(({ text }) => text.split(/\s+/).slice(0, -1));
	const isCopied = (file: string) => copied.some((path) => file === path || file.startsWith(`${path}/`));
	expect([...importsOf(program)].filter((file) => !isCopied(file))).toEqual([]);
});

test('the API starts with the same flags as in npm start', () => {
	expect(execForm(lastOf(api, 'CMD'))).toEqual(['node', ...API_COMMAND]);
});

test("the ports are the servers' default ports, on all addresses", () => {
	expect(environmentOf(web)).toMatchObject({ HOST: '0.0.0.0', PORT: String(config.PORT) });
	expect(environmentOf(api)).toMatchObject({ HOST: '0.0.0.0', API_PORT: String(config.API_PORT) });
	expect([lastOf(web, 'EXPOSE'), lastOf(api, 'EXPOSE')]).toEqual([String(config.PORT), String(config.API_PORT)]);
});

test('the build context contains no secret, no data and no file that no image needs', () => {
	const isInContext = readContext('.dockerignore');
	const top = readdirSync('.').filter(isInContext);
	expect(top).not.toEqual(expect.arrayContaining([expect.stringMatching(/^(\.|node_modules|build|tests)/)]));
	expect(
		['.env', '.data/x', '.git/config', 'tests/factories.ts', 'bin/start.ts', 'stack.yml'].filter(isInContext)
	).toEqual([]);
	expect(['src/hooks.server.ts', 'sql/migrations/1.sql', 'bin/migrate.ts'].every(isInContext)).toBe(true);
});
