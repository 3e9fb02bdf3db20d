import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { chromium } from '@playwright/test';
import { installPackages } from './debian-programs.ts';

/** Debian's wrapper script in /usr/bin adds flags, so the executable itself comes first. */
const CHROMIUM_PLACES = [
	'/usr/lib/chromium/chromium',
	'/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
	'/Applications/Chromium.app/Contents/MacOS/Chromium',
	'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe'
];
const CHROMIUM_NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];

const HEADLESS_SHELL_PLACES = ['/usr/lib/chromium/chromium-headless-shell'];

const FIREFOX_PLACES = [
	'/usr/lib/firefox-esr/firefox-esr',
	'/Applications/Firefox.app/Contents/MacOS/firefox',
	'C:\\Program Files\\Mozilla Firefox\\firefox.exe'
];
const FIREFOX_NAMES = ['firefox-esr', 'firefox'];

/** Returns the path of Chromium: CHROMIUM_PATH, the system's or Playwright's own, or null. */
export function findBrowser(): string | null {
	return process.env.CHROMIUM_PATH || find(CHROMIUM_PLACES, [...named(CHROMIUM_NAMES), chromium.executablePath()]);
}

/** Returns the path of the tests' browser: CHROMIUM_PATH, or Chromium's headless shell, which is twice as fast, or Chromium. */
export function findTestBrowser(): string | null {
	return process.env.CHROMIUM_PATH || (find(HEADLESS_SHELL_PLACES) ?? findBrowser());
}

/** Returns the path of Firefox: FIREFOX_PATH or the system's, or null. */
export function findFirefox(): string | null {
	return process.env.FIREFOX_PATH || find(FIREFOX_PLACES, named(FIREFOX_NAMES));
}

/**
 * Installs what is missing: Chromium (Playwright's, or Debian's when run as root) and, on Debian, the headless shell.
 * Returns the browser's path, or null if both failed.
 */
export function installBrowser(): string | null {
	if (findBrowser() === null) {
		const args = ['playwright', 'install', 'chromium', ...(process.getuid?.() === 0 ? ['--with-deps'] : [])];
		console.log(`No Chromium was found: npx ${args.join(' ')}`);
		spawnSync('npx', args, { stdio: 'inherit' });
	}
	if (findBrowser() === null) installPackages(['chromium']);
	if (find(HEADLESS_SHELL_PLACES) === null) installPackages(['chromium-headless-shell']);
	return findBrowser();
}

/** Installs Debian's Firefox when run as root. Returns its path, or null if that failed. */
export function installFirefox(): string | null {
	installPackages(['firefox-esr']);
	return findFirefox();
}

function find(...places: string[][]): string | null {
	return places.flat().find((path) => existsSync(path)) ?? null;
}

/** The possible paths of these programs in the folders of PATH. */
function named(names: string[]): string[] {
	const folders = (process.env.PATH ?? '').split(delimiter);
	return names.flatMap((name) => folders.map((folder) => join(folder, name)));
}
