import { deployTests } from './deploy.tests.ts';
import { figuresTests } from './figures.tests.ts';
import { singleTests } from './single.tests.ts';
import { crashTests, updateTests } from './update.tests.ts';

/** A test. Later ones need what earlier ones did: they run in this order, on one swarm. */
export interface SwarmTest {
	name: string;
	/** Rejects if the test fails. A string that it resolves to is printed. */
	run(): Promise<unknown>;
}

const core = [...deployTests, ...updateTests];
const all = [...core, ...crashTests, ...figuresTests, ...singleTests];

/**
 * Runs the tests whose names contain one of the words; without words the core, or with --figures all. Prints each result.
 * Resolves to the number of failures.
 */
export async function runTests(words: string[]): Promise<number> {
	const isChosen = ({ name }: SwarmTest) => words.some((word) => name.includes(word));
	const chosen = words.length > 0 ? all.filter(isChosen) : process.env.FIGURES ? all : core;
	let failed = 0;
	for (const { name, run } of chosen) {
		const started = performance.now();
		const report = (result: string, details: string) => {
			const seconds = ((performance.now() - started) / 1_000).toFixed(1);
			console.log(`${result}  ${name} (${seconds} s)${details}`);
		};
		try {
			const figures = await run();
			report('passed', typeof figures === 'string' ? `: ${figures}` : '');
		} catch (error) {
			failed++;
			report('FAILED', `\n${(error as Error).message.replace(/^/gm, '        ')}`);
		}
	}
	console.log(`${chosen.length - failed} passed, ${failed} failed`);
	return failed;
}
