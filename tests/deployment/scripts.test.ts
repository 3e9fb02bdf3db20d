import { globSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

/* A rule that every shell script keeps, and shellcheck does not know. */

const scripts = globSync('{deployment,tests,bin,.ci}/**/{*.sh,run}').map((file) => ({
	file,
	lines: readFileSync(file, 'utf8').split('\n')
}));

/** A command that ends before it has read everything: the one that writes to it then fails of SIGPIPE, now and then. */
const STOPS_READING = /\|\s*(?:head\b(?! -n "?-)|grep (?:-\w*[qm])|awk\b.*\bexit\b|sed -n \S*q)/;

test('no pipe ends in a command that stops reading', () => {
	expect(scripts.length).toBeGreaterThan(30);
	const found = scripts.flatMap(({ file, lines }) =>
		lines.filter((line) => STOPS_READING.test(line)).map((line) => `${file}: ${line.trim()}`)
	);
	expect(found).toEqual([]);
});

test.each(['a | head -n 1', "a | awk '{ print; exit }'", "a | grep -qE 'b'", 'a | grep -m1 b', 'a | sed -n 1q'])(
	'%j is found',
	(line) => void expect(line).toMatch(STOPS_READING)
);
