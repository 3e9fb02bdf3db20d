import js from '@eslint/js';
import svelte from 'eslint-plugin-svelte';
import globals from 'globals';
import ts from 'typescript-eslint';
import svelteConfig from './svelte.config.js';

const sql = ['pg', 'sql-template-strings'];
const database = '**/server/database/*';

/** Forbids `files` to import modules that match `patterns`. */
const wall = (files, patterns, message) => ({
	files,
	rules: { 'no-restricted-imports': ['error', { patterns: [{ group: patterns, message }] }] }
});

export default ts.config(
	{ ignores: ['node_modules', '.svelte-kit', 'build', '.data', 'coverage', 'test-results', 'playwright-report'] },
	js.configs.recommended,
	...ts.configs.strict,
	...svelte.configs.recommended,
	{
		languageOptions: { globals: { ...globals.browser, ...globals.node } },
		rules: {
			'no-undef': 'off', // TypeScript checks this itself
			'no-console': 'error',
			'svelte/no-navigation-without-resolve': 'off', // the app is served from the root of its host
			'svelte/prefer-svelte-reactivity': 'off', // sets and maps are replaced; SvelteSet and SvelteMap are 1.3 kB on every page
			'prefer-const': 'error',
			eqeqeq: 'error',
			'@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
			'@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }]
		}
	},
	{
		files: ['**/*.svelte', '**/*.svelte.ts'],
		languageOptions: { parserOptions: { extraFileExtensions: ['.svelte'], parser: ts.parser, svelteConfig } }
	},
	{ files: ['bin/**', 'tools/**', 'tests/**'], rules: { 'no-console': 'off' } },
	{
		files: ['src/lib/components/EscapedHtml.svelte', 'src/lib/components/Icon.svelte'],
		rules: { 'svelte/no-at-html-tags': 'off' }
	},
	wall(['src/routes/**', 'src/lib/components/**'], [...sql, database], 'SQL belongs in src/lib/server.'),
	wall(
		['api-server/**', 'web-server/**'],
		[
			...sql,
			database,
			'$app/*',
			'$lib/*',
			'$env/*',
			'@sveltejs/*',
			'#lib/components/*',
			'#lib/offline/*',
			'#lib/outbox/*',
			'#lib/live/*',
			'#lib/account/*',
			'#lib/http/*',
			'#lib/text/*',
			'**/src/**'
		],
		'From src, the servers may import only #lib/server/* and #lib/limits.ts; SQL belongs in src/lib/server.'
	),
	wall(
		['src/lib/server/**'],
		['$app/*', '$lib/*', '$env/*', '@sveltejs/*', 'fastify', 'fastify-*', '@fastify/*', 'svelte'],
		'The domain must not import a framework.'
	)
);
