/*
 * Runs before npm start, test, dev and check on any installed Node version and without dependencies: installs
 * missing packages and, with --build, builds the web app if the build is missing or outdated.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const MIN_NODE = 20;
const MIN_RUNTIME = 24;
const STAMP = 'node_modules/.installed-lock';
const SOURCES = ['src', 'static', 'svelte.config.js', 'vite.config.ts', 'package-lock.json'];

process.chdir(join(import.meta.dirname ?? '.', '..'));
if (majorOf(process.version) < MIN_NODE) {
	fail(`MiniTwit needs Node ${MIN_NODE} or newer to install; this is ${process.version}.`);
}
install();
checkRuntime();
if (process.argv.includes('--build')) build();

function install() {
	const lock = createHash('sha256').update(readFileSync('package-lock.json')).digest('hex');
	if (existsSync(STAMP) && readFileSync(STAMP, 'utf8') === lock) return;
	console.log('Installing dependencies (npm ci) …');
	run('npm', ['ci', '--loglevel=error'], 'npm ci failed: see its output above, and try again.');
	writeFileSync(STAMP, lock);
}

/**
 * The npm package `node` provides the runtime. Without its install script, the system's Node would run instead,
 * silently.
 */
function checkRuntime() {
	const version = spawnSync('node_modules/.bin/node', ['--version'], { encoding: 'utf8' }).stdout?.trim();
	if (version && majorOf(version) >= MIN_RUNTIME) return;
	fail(
		`MiniTwit needs Node ${MIN_RUNTIME} in node_modules/.bin and found ${version ?? 'none'}: ` +
			'allow install scripts (npm config delete ignore-scripts) and remove node_modules, then try again.'
	);
}

function build() {
	const result = 'build/handler.js';
	if (existsSync(result) && statSync(result).mtimeMs > Math.max(...SOURCES.map(newestChange))) return;
	console.log('Building the web app (vite build) …');
	const vite = ['node_modules/vite/bin/vite.js', 'build', '--logLevel', 'warn'];
	// Vite and its plugins print hints for developers even at this level.
	run('node_modules/.bin/node', vite, 'The web app could not be built: see the output above.', 'pipe');
}

/** The newest modification time in a file or folder, in milliseconds; 0 if it does not exist. */
function newestChange(path) {
	if (!existsSync(path)) return 0;
	const { mtimeMs } = statSync(path);
	if (!statSync(path).isDirectory()) return mtimeMs;
	return Math.max(mtimeMs, ...readdirSync(path).map((name) => newestChange(join(path, name))));
}

function run(program, args, failure, output = 'inherit') {
	const { status, stdout, stderr } = spawnSync(program, args, {
		stdio: ['ignore', output, output],
		encoding: 'utf8',
		shell: process.platform === 'win32'
	});
	if (status === 0) return;
	console.error([stdout, stderr].filter(Boolean).join('\n'));
	fail(failure);
}

function majorOf(version) {
	return Number.parseInt(version.replace('v', ''), 10);
}

function fail(sentence) {
	console.error(sentence);
	process.exit(1);
}
