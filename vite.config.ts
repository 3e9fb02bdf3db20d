import { sveltekit } from '@sveltejs/kit/vite';
import { defineConfig } from 'vite';

/** What is needed together comes in one script, with all that it imports. Otherwise a profile would have 38 of them. */
const groups = [
	{ name: 'shell', test: /src\/routes\/\+layout\.svelte$/, priority: 2 },
	{ name: 'timeline', test: /src\/lib\/components\/Timeline\.svelte$/, priority: 1 }
];

export default defineConfig({
	plugins: [sveltekit()],
	environments: { client: { build: { rolldownOptions: { output: { codeSplitting: { groups } } } } } }
});
