import { defineConfig, mergeConfig } from 'vitest/config';
import ours from '../../vitest.config.ts';

/** The tests of the deployment that run nginx, Prometheus and other programs of Debian's. */
export default mergeConfig(
	{ ...ours, test: { ...ours.test, include: [], exclude: [] } },
	defineConfig({
		test: {
			root: '.',
			include: ['tests/deployment/**/*.debian.test.ts'],
			testTimeout: 60_000,
			hookTimeout: 60_000
		}
	})
);
