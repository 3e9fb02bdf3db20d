import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { BUNDLED, isCompatible, listParts } from '../../tools/licences.ts';
import { formatNotice } from '../../tools/notice.ts';

const parts = listParts('.');

test('NOTICE lists the installed packages that ship; `npm run notice` regenerates it', () => {
	expect(readFileSync('NOTICE', 'utf8')).toBe(formatNotice(parts));
});

test('every part has a licence that is compatible with the GPL v3', () => {
	expect(parts.length).toBeGreaterThan(50);
	expect(parts.filter((part) => !isCompatible(part.licence))).toEqual([]);
});

test('copyright lines are extracted, but not what a licence says about copyright', () => {
	const copyrightOf = (name: string) => parts.find((part) => part.name === name)?.copyright;
	expect(copyrightOf('prom-client')).toEqual(['Copyright 2015 Simon Nyberg']);
	expect(copyrightOf('node')).toEqual(['Copyright Node.js contributors. All rights reserved.']);
	for (const { name, copyright } of parts) {
		expect(copyright.length, name).toBeGreaterThan(0);
		expect(copyright.join('\n'), name).not.toMatch(/copyright (notice|licen[cs]e|owner|holder)|\[yyyy\]/i);
	}
});

test('a platform-specific package is covered by its parent', () => {
	expect(parts.filter((part) => /-(linux|darwin|win32|android|freebsd)/.test(part.name))).toEqual([]);
	expect(parts.map((part) => part.name)).toContain('@node-rs/argon2');
});

test('every package that the app imports is a production dependency or listed as bundled', () => {
	const shipped = new Set(parts.map((part) => part.name));
	for (const name of Object.keys(BUNDLED)) expect(shipped, name).toContain(name);
	const files = readdirSync('src', { recursive: true, encoding: 'utf8' }).filter((file) =>
		/\.(ts|js|svelte)$/.test(file)
	);
	for (const file of files) {
		const text = readFileSync(join('src', file), 'utf8');
		for (const [, type, source = ''] of text.matchAll(/\bimport\s+(type\s)?[^'"]*from\s+['"]([^'"]+)['"]/g)) {
			if (type || /^([.#$]|node:)/.test(source)) continue;
			const name = source.split('/', source.startsWith('@') ? 2 : 1).join('/');
			expect(shipped, `${file} imports ${source}`).toContain(name);
		}
	}
});

test.each([
	['MIT', true],
	['(MIT OR GPL-2.0-only)', true],
	['GPL-2.0-only OR CDDL-1.0', false],
	['MIT AND CDDL-1.0', false],
	['MIT AND (CDDL-1.0 OR ISC)', true],
	['(MIT AND CDDL-1.0) OR (ISC AND GPL-2.0-only)', false],
	['GPL-2.0-only', false],
	['SEE LICENSE IN LICENSE.md', false],
	['UNLICENSED', false],
	['none', false],
	['', false]
])('%s: compatible is %s', (expression, compatible) => expect(isCompatible(expression)).toBe(compatible));
