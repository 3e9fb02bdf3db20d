import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, globSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { API_COMMAND } from '../../bin/servers.ts';

/* npm run test:swarm builds the images and runs them. */

const dockerfile = readFileSync('deployment/docker/Dockerfile', 'utf8');

test('every image is based on an exact version of Node, the tested one', () => {
	const lock = JSON.parse(readFileSync('package-lock.json', 'utf8'));
	const parents = [...dockerfile.matchAll(/^FROM (\S+:\S+)/gm)].map(([, image]) => image);
	expect(parents).toEqual([expect.stringContaining(`node:${lock.packages['node_modules/node'].version}-`)]);
});

test('the API starts with the same flags as in npm start', () => {
	expect(dockerfile).toContain(`CMD ${JSON.stringify(['node', ...API_COMMAND]).replaceAll(',', ', ')}\n`);
});

test('the build context starts empty and contains only listed sources', () => {
	const lines = readFileSync('.dockerignore', 'utf8').split('\n');
	const [first, ...others] = lines.filter((line) => line !== '' && !line.startsWith('#'));
	expect(first).toBe('*');
	expect(others.filter((line) => !line.startsWith('!') || !existsSync(line.slice(1)))).toEqual([]);
	expect(others.filter((line) => /^!(\.|node_modules|build$|tests|tools)/.test(line))).toEqual([]);
});

test('commands that the images can run import no package that they lack', async () => {
	const { dependencies } = JSON.parse(readFileSync('package.json', 'utf8'));
	const modules = globSync('bin/{program,commands,doctor}/*.ts').map((file) => readFileSync(file, 'utf8'));
	const imported = modules.flatMap((text) => [...text.matchAll(/^(?!import type ).*\bfrom '([^'\n]+)';$/gm)]);
	const packages = imported.map(([, name = '']) => name).filter((name) => !/^(\.|#|node:)/.test(name));
	expect(packages).toContain('yargs');
	expect(packages.filter((name) => !Object.hasOwn(dependencies, name))).toEqual([]);
	expect(dockerfile).toContain('CMD ["minitwit", "migrate"]');
});

test('commands find every file that they import in each image', () => {
	const app = mkdtempSync(join(tmpdir(), 'minitwit-image-'));
	onTestFinished(() => rmSync(app, { recursive: true }));
	const [, runtime = ''] = /^FROM base AS runtime\n([^]*?)^FROM /m.exec(dockerfile) ?? [];
	for (const [, from = ''] of runtime.matchAll(/^COPY ([^-]\S*) /gm))
		cpSync(from, join(app, from), { recursive: true });
	symlinkSync(resolve('node_modules'), join(app, 'node_modules'));
	const { stderr } = spawnSync(process.execPath, ['bin/minitwit.js', 'migrate'], {
		cwd: app,
		env: { DATABASE_URL: 'postgres://nobody:x@127.0.0.1:1/x' },
		encoding: 'utf8'
	});
	expect(stderr).toMatch(/^Nothing answers at the address in DATABASE_URL/);
});
