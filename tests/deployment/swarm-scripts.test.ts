import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';

/* What the scripts of deployment/swarm refuse before they contact a host. npm run test:swarm runs them on a swarm. */

const folder = mkdtempSync(join(tmpdir(), 'minitwit-scripts-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** Runs a script without a swarm. */
function run(script: string, args: string[], settings = '') {
	const file = join(folder, 'settings');
	writeFileSync(file, settings);
	const env = { PATH: '/usr/bin:/bin', SETTINGS: file, PRIVATE_NETWORK: '10.110.0.0/20' };
	const { status, stdout, stderr } = spawnSync(join('deployment/swarm', script), args, { env, encoding: 'utf8' });
	return { status, output: stdout + stderr };
}

test.each([
	['init.sh', [], 2, 'init.sh SECRETS_FOLDER MANAGER'],
	['init.sh', ['/nowhere', '203.0.113.1'], 1, '/nowhere is not a folder'],
	['add-workers.sh', [], 2, 'add-workers.sh --new NUMBER'],
	['add-workers.sh', ['--new', 'many'], 2, 'add-workers.sh --new NUMBER'],
	['drain.sh', [], 2, 'drain.sh [--remove] NODE'],
	['deploy.sh', ['no tag'], 1, "'no tag' is not a valid image tag"],
	['rollback.sh', ['1'], 2, 'Deploys the release before the last'],
	['rotate-secret.sh', [], 2, 'rotate-secret.sh NAME <FILE'],
	['smoke.sh', ['--help'], 0, 'Tests the site from outside']
])('%s %j prints the error or its usage', (script, args, expected, words) => {
	const { status, output } = run(script, args);
	expect(output).toContain(words);
	expect(output).not.toContain('set -euo');
	expect(status).toBe(expected);
});

test('the settings are read, but not executed', () => {
	const stolen = join(folder, 'stolen');
	const line = 'set -euo pipefail; source deployment/swarm/remote.sh; printf "%s|%s" "$SITE_HOST" "$MANAGER"';
	writeFileSync(join(folder, 'settings'), `SITE_HOST='$(touch ${stolen})'\nMANAGER=203.0.113.9\n`);
	const env = { PATH: '/usr/bin:/bin', SETTINGS: join(folder, 'settings'), MANAGER: '203.0.113.1' };
	const { stdout } = spawnSync('bash', ['-c', line], { env, encoding: 'utf8' });
	expect(stdout).toBe(`$(touch ${stolen})|203.0.113.1`);
	expect(existsSync(stolen)).toBe(false);
});
