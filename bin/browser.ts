import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { chromium } from '@playwright/test';

/** Debian's wrapper script in /usr/bin adds flags of its own, so the program itself comes first. */
const USUAL_PLACES = [
	'/usr/lib/chromium/chromium',
	'/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
	'/Applications/Chromium.app/Contents/MacOS/Chromium',
	'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe'
];
const USUAL_NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];

/** The program of a Chromium on this machine: CHROMIUM_PATH, the system's, or Playwright's own. Null when there is none. */
export function findBrowser(): string | null {
	if (process.env.CHROMIUM_PATH) return process.env.CHROMIUM_PATH;
	const folders = (process.env.PATH ?? '').split(delimiter);
	const named = USUAL_NAMES.flatMap((name) => folders.map((folder) => join(folder, name)));
	return [...USUAL_PLACES, ...named, chromium.executablePath()].find((path) => existsSync(path)) ?? null;
}

/** Installs a Chromium: Playwright's, else Debian's when we may. Resolves to its program, null when neither worked. */
export function installBrowser(): string | null {
	run('npx', ['playwright', 'install', 'chromium', ...(process.getuid?.() === 0 ? ['--with-deps'] : [])]);
	if (findBrowser() === null && process.getuid?.() === 0 && existsSync('/usr/bin/apt-get')) {
		run('apt-get', ['update', '-qq']);
		run('apt-get', ['install', '-y', '-qq', '--no-install-recommends', 'chromium']);
	}
	return findBrowser();
}

function run(program: string, args: string[]): void {
	console.log(`No Chromium was found: ${program} ${args.join(' ')}`);
	spawnSync(program, args, { stdio: 'inherit', env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } });
}
