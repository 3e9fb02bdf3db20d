import { defineConfig, mergeConfig } from 'vitest/config';
import ours from '../vitest.config.ts';

/** npm run coverage: which lines of the domain, the API and the command line the tests run. No part of npm test. */
export default mergeConfig(
	ours,
	defineConfig({
		test: {
			root: '.',
			coverage: {
				enabled: true,
				provider: 'v8',
				include: ['src/lib/**/*.ts', 'api-server/**/*.ts', 'bin/**/*.ts'],
				reporter: ['text-summary', 'json-summary', 'html']
			}
		}
	})
);
