import { defineConfig, mergeConfig } from 'vitest/config';
import ours from '../../vitest.config.ts';

/** The deployment tests that run nginx, Prometheus and other programs from Debian packages. */
export default mergeConfig(
	{ ...ours, test: { ...ours.test, include: [], exclude: [] } },
	defineConfig({
		test: {
			root: '.',
			include: ['tests/deployment/**/*.debian.test.ts']
		}
	})
);
