import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

test('the drill restores, fails over and moves without data loss', { timeout: 180_000 }, async () => {
	// It also fails if something takes too long, which depends on the machine: `npm run drill` judges that.
	const { stdout, stderr } = await promisify(execFile)(process.execPath, ['tests/drill/drill.ts']).catch(
		(error: { stdout: string; stderr: string }) => error
	);
	const rows = [...stdout.matchAll(/^ {2}(posts.*?) {2,}(\d+) +(\d+) +(\d+) +(\d+) +(\d+)$/gm)];
	expect(
		rows.map(([, name]) => name),
		stdout + stderr
	).toEqual(['posts before the moment', 'posts with an id, web', 'posts, API', 'posts with an id, web', 'posts, API']);
	for (const [, , acknowledged, found, doubled, lost] of rows) {
		expect(Number(acknowledged)).toBeGreaterThan(0);
		expect([found, doubled, lost]).toEqual([acknowledged, '0', '0']);
	}
	expect(stdout.match(/FAILED: (?!.* s are allowed).*/g)).toBeNull();
});
