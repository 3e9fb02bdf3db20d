import adapter from '@sveltejs/adapter-node';

/** Folders outside src that the type check covers together with the app. */
const typedFolders = ['api-server', 'web-server', 'bin', 'tools', 'tests'];

/** @type {import('@sveltejs/kit').Config} */
const config = {
	kit: {
		adapter: adapter({ precompress: true }),
		// A page's own styles, a dozen small files, come with it. The layout's stay a file that is cached.
		inlineStyleThreshold: 4096,
		// Allows only the site's own resources; SvelteKit adds a nonce to its inline script and style.
		csp: {
			mode: 'nonce',
			directives: {
				'default-src': ['none'],
				'script-src': ['self'],
				'style-src': ['self'],
				// The only style attribute: SvelteKit's live region that announces the title of a new page to
				// screen readers.
				'style-src-attr': ['unsafe-hashes', 'sha256-S8qMpvofolR8Mpjy4kQvEm7m1q8clzU4dfDH0AmvZjo='],
				'img-src': ['self', 'data:'],
				'font-src': ['self'],
				'connect-src': ['self'],
				'manifest-src': ['self'],
				'worker-src': ['self'],
				'form-action': ['self'],
				'base-uri': ['none'],
				'frame-ancestors': ['none']
			}
		},
		// Our own check (src/lib/http/same-origin.server.ts) covers JSON too, and its refusals are logged.
		csrf: { trustedOrigins: ['*'] },
		// Images are built with their release as the version, which the smoke test of a deployment checks.
		version: { name: process.env.MINITWIT_VERSION || undefined, pollInterval: 60_000 },
		typescript: {
			config: (tsconfig) => {
				tsconfig.include.push(...typedFolders.map((folder) => `../${folder}/**/*.ts`), '../*.ts');
				return tsconfig;
			}
		}
	}
};

export default config;
