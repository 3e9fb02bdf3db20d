import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { COMMANDS, GROUPS } from '../../bin/commands/commands.ts';
import { parseArguments } from '../../bin/program/parse-arguments.ts';
import { describeCommands } from '../../tools/commands-page.ts';

test('docs/commands.md is what the definitions say; `node tools/commands-page.ts` writes it', () => {
	expect(readFileSync('docs/commands.md', 'utf8')).toBe(describeCommands());
});

test('every command has an example that can be parsed, and every group a description', () => {
	for (const { name, examples } of COMMANDS) {
		expect(examples, name).not.toEqual([]);
		for (const [line] of examples) {
			const words = [...line.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, bare]) => quoted ?? bare ?? '');
			expect(parseArguments(words), line).toMatchObject({ command: { name } });
		}
	}
	const groups = new Set(COMMANDS.filter(({ name }) => name.includes(' ')).map(({ name }) => name.split(' ')[0]));
	expect([...groups].sort()).toEqual(Object.keys(GROUPS).sort());
});
