import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parseArguments } from '../../bin/program/parse-arguments.ts';

/** Returns the arguments of a command line, which must ask for a command. */
function argumentsOf(line: string[]) {
	const parsed = parseArguments(line);
	if (!('command' in parsed)) throw new Error(parsed.text);
	return parsed.args;
}

test('every option of simulate has a default, or none', () => {
	const args = argumentsOf(['simulate']);
	expect(args).toMatchObject({ offset: 0, parallel: 1, speed: Infinity, timeout: 300, seed: 1, verify: false });
	for (const name of ['url', 'scenario', 'limit', 'users', 'write']) expect(args[name]).toBeUndefined();
});

test('options are read with their units', () => {
	const line = ['--speed', 'original', '--timeout', '1.5s', '--parallel=8', '--url', 'http://[::1]:5001'];
	const args = argumentsOf(['simulate', ...line, '--write', '../log']);
	expect(args).toMatchObject({ speed: 1, timeout: 1_500, parallel: 8, write: join(process.cwd(), '../log') });
	expect(args.url).toMatchObject({ port: '5001' });
	expect(argumentsOf(['simulate', '--speed', '2.5']).speed).toBe(2.5);
});

test('an option that can be repeated is a list, and others are not', () => {
	const line = ['replay', '--log', 'a', '--log', 'b', '--api-url', 'https://api.example', '--any-host'];
	expect(argumentsOf(line)).toMatchObject({ log: ['a', 'b'], anyHost: true, failed: false });
	expect(() => argumentsOf([...line, '--speed', '1', '--speed', '2'])).toThrow('--speed can be given only once');
});

test.each(['0x10', '007', '-1', '__proto__', '', ' ', '💃', '--', 'a=b'])('%j can be a username', (name) => {
	expect(argumentsOf(['users', 'reset-password', '--', name]).name).toBe(name);
});

describe('what cannot be used is refused in one sentence', () => {
	test.each([
		[['simulate', '--limit', '0'], /^--limit must be a whole number from 1/],
		[['simulate', '--offset', '-1'], /^A value is missing after --offset|^--offset must be/],
		[['simulate', '--parallel', '2.5'], /^--parallel must be/],
		[['simulate', '--speed', '0'], /^--speed must be original, max or/],
		[['simulate', '--timeout', '300'], /^--timeout must be a time such as 300ms/],
		[['simulate', '--url', 'localhost:5001'], /^--url must be an address/],
		[['simulate', '--url'], /^A value is missing after --url/],
		[['simulate', '--jump'], /^Unknown option or argument: jump/],
		[['simulate', 'scenario.tsv'], /^Unknown option or argument: scenario.tsv/],
		[['replay'], /^Missing required argument: log/],
		[['users', 'reset-password'], /^An argument is missing/],
		[['users'], /^Say which command/],
		[[], /^Say which command/],
		[['simulat'], /^Did you mean simulate\?/]
	])('%j', (line, sentence) => {
		expect(() => parseArguments(line)).toThrow(sentence);
	});
});

test('help explains a command with an example, in no other language', () => {
	const parsed = parseArguments(['users', 'reset-password', '--help']);
	expect(parsed).toEqual({ text: expect.stringContaining('minitwit users reset-password alice') });
});

test('the shell completes commands and options', () => {
	expect(parseArguments(['completion'])).toEqual({ text: expect.stringContaining('complete -o') });
	const complete = (...words: string[]) => parseArguments(['--get-yargs-completions', 'minitwit', ...words]);
	expect(complete('sim')).toEqual({ text: expect.stringMatching(/^simulate$/m) });
	expect(complete('users', 'reset')).toEqual({ text: expect.stringMatching(/^reset-password$/m) });
	expect(complete('simulate', '--')).toEqual({ text: expect.stringMatching(/^--verify$/m) });
});
