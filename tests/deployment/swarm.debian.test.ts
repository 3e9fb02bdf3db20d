import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { requireProgram } from './programs.ts';
import { listSteps, readWorkflow, WORKFLOW_FILES } from './workflows.ts';

const OPTIONS = ['--external-sources', '--source-path=SCRIPTDIR', '--format=gcc'];
const shellcheck = (...args: string[]) =>
	spawnSync(requireProgram('shellcheck'), [...OPTIONS, ...args], { encoding: 'utf8' });

/** Every shell script of the repository, by its extension or its shebang. */
function listScripts(): string[] {
	const files = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], { encoding: 'utf8' });
	return files
		.trimEnd()
		.split('\n')
		.filter((file) => file.endsWith('.sh') || (!/\.\w+$/.test(file) && isScript(file)));
}

const isScript = (file: string) => /^#!.*\b(ba)?sh\b/.test(readFileSync(file, 'utf8').split('\n', 1)[0] ?? '');

const folder = mkdtempSync(join(tmpdir(), 'minitwit-swarm-'));
afterAll(() => rmSync(folder, { recursive: true }));

test('shellcheck finds nothing in any script', () => {
	const scripts = listScripts();
	for (const script of [
		'.ci/run',
		'deployment/swarm/deploy.sh',
		'deployment/vagrant/firewall.sh',
		'tests/swarm/swarm.sh'
	])
		expect(scripts).toContain(script);
	expect(shellcheck(...scripts).stdout).toBe('');
});

test('shellcheck finds nothing in the scripts of the workflows', () => {
	const scripts = WORKFLOW_FILES.flatMap((name) =>
		listSteps(readWorkflow(name)).flatMap(({ run }, number) => {
			if (!run) return [];
			const file = join(folder, `${name}-${number}.sh`);
			writeFileSync(file, run);
			return file;
		})
	);
	expect(scripts.length).toBeGreaterThan(5);
	expect(shellcheck('--shell=bash', ...scripts).stdout).toBe('');
});

test('shellcheck finds an error', () => {
	const script = join(folder, 'broken.sh');
	writeFileSync(script, '#!/usr/bin/env bash\nrm -r $1/*\n');
	expect(shellcheck(script).stdout).toContain('[SC2086]');
});
