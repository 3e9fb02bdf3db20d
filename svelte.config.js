import adapter from '@sveltejs/adapter-node';

/** Folders outside src that one type check covers together with the app. */
const typedFolders = ['api-server', 'web-server', 'bin', 'tests'];

/** @type {import('@sveltejs/kit').Config} */
const config = {
	kit: {
		adapter: adapter({ precompress: true }),
		// Everything is allowed from here only; Kit adds a nonce to its own inline script.
		csp: {
			mode: 'nonce',
			directives: {
				'default-src': ['none'],
				'script-src': ['self'],
				'style-src': ['self'],
				// The one style attribute there is: Kit's, of the line that tells screen readers the new page's title.
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
		// Our own check (src/lib/http/same-origin.server.ts) covers JSON as well, and is logged.
		csrf: { trustedOrigins: ['*'] },
		// The images are built with the name of their release; the smoke test of a deploy asks for it.
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
