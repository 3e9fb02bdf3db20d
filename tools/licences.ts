import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import satisfies from 'spdx-satisfies';

/*
 * Lists what ships with MiniTwit and under which licence: the production dependencies in package-lock.json, and
 * the development dependencies whose code the build includes.
 */

/** A package that ships. */
export interface Part {
	name: string;
	version: string;
	/** An SPDX expression. */
	licence: string;
	copyright: string[];
}

interface LockEntry {
	version: string;
	license?: string;
	dev?: boolean;
	optional?: boolean;
	os?: string[];
	cpu?: string[];
}

/** Development dependencies whose code is in the build, with the reason for each. */
export const BUNDLED: Record<string, string> = {
	svelte: 'the runtime of every component',
	'@sveltejs/kit': 'the web server and the router in the browser',
	'@sveltejs/adapter-node': 'the entry of the web server',
	lucide: 'the icons',
	idb: 'the outbox in the browser',
	'workbox-core': 'the service worker',
	'workbox-expiration': 'the service worker',
	'workbox-precaching': 'the service worker',
	'workbox-routing': 'the service worker',
	'workbox-strategies': 'the service worker',
	'@polka/url': 'within the entry of the web server',
	clsx: 'within the runtime of components',
	cookie: 'within the web server',
	devalue: 'data from the server to the page',
	'esm-env': 'within the runtime of components',
	mrmime: 'within the entry of the web server',
	sirv: 'within the entry of the web server',
	totalist: 'within the entry of the web server'
};

/** Copyright lines of packages that have none: the npm package `node` contains only an installer. */
const KNOWN_COPYRIGHT: Record<string, string[]> = { node: ['Copyright Node.js contributors. All rights reserved.'] };

/** SPDX names of licences that are compatible with the GPL v3. */
const COMPATIBLE = [
	'0BSD',
	'Apache-2.0',
	'BlueOak-1.0.0',
	'BSD-2-Clause',
	'BSD-3-Clause',
	'CC0-1.0',
	'GPL-3.0-only',
	'GPL-3.0-or-later',
	'ISC',
	'LGPL-3.0-only',
	'LGPL-3.0-or-later',
	'MIT',
	'MIT-0',
	'MPL-2.0',
	'PostgreSQL',
	'Python-2.0',
	'Unlicense',
	'Zlib'
];

/** Whether an SPDX expression leaves a choice that is compatible with the GPL v3. False for what is no expression. */
export function isCompatible(expression: string): boolean {
	try {
		return satisfies(expression, COMPATIBLE);
	} catch {
		return false;
	}
}

/**
 * Returns the packages that ship, sorted by name and version. Platform-specific packages are omitted: they
 * belong to their parent package, and which one is installed differs between machines.
 */
export function listParts(root: string): Part[] {
	const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as {
		packages: Record<string, LockEntry>;
	};
	const parts = new Map<string, Part>();
	for (const [path, entry] of Object.entries(lock.packages)) {
		const name = path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length);
		const isBundled = path === `node_modules/${name}` && name in BUNDLED;
		if (path === '' || entry.os || entry.cpu || (entry.dev && !isBundled)) continue;
		// Needed by nothing but the packages of another platform.
		if (entry.optional && !existsSync(join(root, path))) continue;
		const licence = entry.license ?? 'none';
		parts.set(`${name} ${entry.version}`, {
			name,
			version: entry.version,
			licence,
			copyright: findCopyright(name, join(root, path))
		});
	}
	return [...parts.values()].sort((a, b) => (`${a.name} ${a.version}` < `${b.name} ${b.version}` ? -1 : 1));
}

/** The copyright lines of a package's licence, else of its README, else its author. */
function findCopyright(name: string, folder: string): string[] {
	if (KNOWN_COPYRIGHT[name]) return KNOWN_COPYRIGHT[name];
	if (!existsSync(folder)) throw new Error(`${name} is not installed`);
	const files = readdirSync(folder).sort();
	for (const kind of [/^(licen[cs]e|copying|notice)/i, /^readme/i]) {
		const texts = files.filter((file) => kind.test(file)).map((file) => readFileSync(join(folder, file), 'utf8'));
		const lines = texts.flatMap((text) => text.split('\n')).flatMap(readCopyrightLine);
		if (lines.length > 0) return [...new Set(lines)];
	}
	const { author } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as {
		author?: string | { name: string };
	};
	const holder = typeof author === 'string' ? author : author?.name;
	return [`Copyright ${holder ?? `the authors of ${name}`}`];
}

/** A line that names a copyright holder, without decoration. Licence text about copyright does not match. */
function readCopyrightLine(line: string): string[] {
	const match = /^[\s*#>/-]*((?:[A-Z][\w ]* )?Copyright (\([Cc]\)|©|\d|[A-Z](?!ICENSE|icense)).*)$/.exec(line.trim());
	return match?.[1] ? [match[1]] : [];
}
