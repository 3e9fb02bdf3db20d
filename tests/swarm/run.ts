import { FOLDER } from './lab.ts';
import { prepareLab } from './prepare.ts';
import { runTests } from './tests.ts';

/* Prepares the lab and runs the tests, or those whose names contain one of the arguments. swarm.sh runs this. */

async function step(name: string, run: () => Promise<unknown>): Promise<void> {
	const started = performance.now();
	await run();
	console.log(`${((performance.now() - started) / 1_000).toFixed(1).padStart(6)} s  ${name}`);
}

try {
	await prepareLab(step);
	if ((await runTests(process.argv.slice(2))) > 0) process.exitCode = 1;
} catch (error) {
	console.log(`The lab could not be prepared: ${(error as Error).message}\n0 passed, 1 failed`);
	process.exitCode = 1;
}
if (process.env.HOLD) {
	console.log(`The machines stay until Ctrl-C. Folder: ${FOLDER}`);
	setInterval(() => undefined, 60_000);
}
