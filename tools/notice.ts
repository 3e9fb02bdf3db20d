import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { flagsOfScript } from './script-flags.ts';
import { type Part, listParts } from './licences.ts';

/** Returns the text of NOTICE. */
export function formatNotice(parts: Part[]): string {
	const introduction = [
		'MiniTwit is free software under the GNU General Public License, version 3 or later: see LICENSE.',
		'',
		'It ships with the packages below, each under its own licence, whose full text lies in the',
		'folder of the package. Written by `npm run notice`.'
	];
	const entries = parts.map(({ name, version, licence, copyright }) =>
		[`${name} ${version} (${licence})`, ...copyright.map((line) => `  ${line}`)].join('\n')
	);
	return `${[introduction.join('\n'), ...entries].join('\n\n')}\n`;
}

if (import.meta.main) {
	flagsOfScript('npm run notice   writes NOTICE from the installed dependencies', {});
	const root = fileURLToPath(new URL('..', import.meta.url));
	writeFileSync(new URL('../NOTICE', import.meta.url), formatNotice(listParts(root)));
}
