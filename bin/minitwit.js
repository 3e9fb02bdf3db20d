#!/usr/bin/env node
/*
 * The command `minitwit`. Runs on any installed Node version: the program needs Node 24, which the npm package `node`
 * provides, so on an older one this starts itself again on that, and passes signals and the exit status on.
 */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import module from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const MIN_RUNTIME = 24;
const modules = fileURLToPath(new URL('../node_modules', import.meta.url));

if (Number.parseInt(process.versions.node, 10) >= MIN_RUNTIME) {
	// Halves the time until a command starts. Where the folder cannot be written, there is no cache.
	module.enableCompileCache(join(modules, '.cache/minitwit'));
	await import('./minitwit.ts');
} else runIn(join(modules, 'node/bin/node'));

function runIn(runtime) {
	if (!existsSync(runtime)) {
		console.error(`MiniTwit needs Node ${MIN_RUNTIME}; this is ${process.version}. Run npm ci in its folder first.`);
		process.exit(1);
	}
	const child = spawn(runtime, [fileURLToPath(import.meta.url), ...process.argv.slice(2)], { stdio: 'inherit' });
	// A terminal sends Ctrl-C to both; the child decides when to end.
	for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
		process.on(signal, () => signal !== 'SIGINT' && child.kill(signal));
	}
	child.on('error', (error) => {
		console.error(error.message);
		process.exit(1);
	});
	child.on('exit', (code, signal) => {
		if (signal === null) process.exit(code);
		process.removeAllListeners(signal);
		process.kill(process.pid, signal);
	});
}
