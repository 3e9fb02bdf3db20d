import { defineConfig, mergeConfig } from 'vitest/config';
import ours from '../vitest.config.ts';

/** npm run coverage: which lines of the domain, the API and the command line the tests run. No part of npm test. */
export default mergeConfig(
	ours,
	defineConfig({
		test: {
			root: '.',
			// Scripts for a shell have no lines that this could count.
			exclude: [...(ours.test?.exclude ?? []), 'tests/deployment/**'],
			coverage: {
				enabled: true,
				provider: 'v8',
				reportOnFailure: true,
				include: ['src/lib/**/*.ts', 'api-server/**/*.ts', 'web-server/**/*.ts', 'bin/**/*.ts'],
				reporter: ['text-summary', 'json-summary', 'html']
			}
		}
	})
);
