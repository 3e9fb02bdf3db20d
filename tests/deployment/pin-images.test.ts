import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, cpSync, globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';

const SCRIPT = 'deployment/docker/pin-images.sh';
const FILES = ['stack.yml', ...globSync('deployment/*/{compose.yml,Dockerfile}')];

/** A third-party image with its tag and, if pinned, its digest. */
const IMAGE = /^(?: {4}image:|FROM) ([^\s$:@]+:[^\s$@]+)(?:@(sha256:\S+))?(?: AS .*)?$/gm;

let folder: string;

beforeEach(() => {
	folder = mkdtempSync(join(tmpdir(), 'minitwit-images-'));
	for (const file of [...FILES, SCRIPT]) {
		mkdirSync(dirname(join(folder, file)), { recursive: true });
		cpSync(file, join(folder, file));
	}
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const digestOf = (image: string) => `sha256:${createHash('sha256').update(image).digest('hex')}`;

/** Runs the script in the copy, with a registry that derives the digest from an image's name. */
function pin(...args: string[]) {
	const docker = join(folder, 'docker');
	writeFileSync(
		docker,
		`#!/bin/sh\nfor image; do :; done\nprintf 'sha256:%s' "$(printf %s "$image" | sha256sum | cut -c-64)"\n`
	);
	chmodSync(docker, 0o755);
	const env = { PATH: `${folder}:${process.env.PATH}` };
	return spawnSync('bash', [join(folder, SCRIPT), ...args], { env, encoding: 'utf8' });
}

const read = (root: string) => Object.fromEntries(FILES.map((file) => [file, readFileSync(join(root, file), 'utf8')]));
const imagesIn = (files: Record<string, string>) =>
	Object.values(files).flatMap((text) =>
		[...text.matchAll(IMAGE)].flatMap(([, image = '', digest]) =>
			image.startsWith('minitwit-') ? [] : [{ image, digest }]
		)
	);

test('if one image has a digest, all have one', () => {
	const digests = imagesIn(read('.')).map(({ digest }) => digest);
	expect(digests.length).toBeGreaterThan(12);
	expect(
		digests.every((digest) => digest === undefined) ||
			digests.every((digest) => /^sha256:[0-9a-f]{64}$/.test(digest ?? ''))
	).toBe(true);
});

test('each image receives the digest of its tag, and nothing else changes', () => {
	const before = read(folder);
	expect(pin().status).toBe(0);
	const after = read(folder);
	const images = imagesIn(after);
	expect(images.map(({ image }) => image)).toEqual(imagesIn(before).map(({ image }) => image));
	for (const { image, digest } of images) expect(digest, image).toBe(digestOf(image));
	const withoutDigests = (files: Record<string, string>) =>
		JSON.stringify(files).replaceAll(/@sha256:[0-9a-f]{64}/g, '');
	expect(withoutDigests(after)).toBe(withoutDigests(before));
});

test('a check reports images that are not pinned and changes nothing', () => {
	const before = read(folder);
	const { status, stderr } = pin('--check');
	expect(status).toBe(1);
	expect(stderr).toContain('nginx:');
	expect(read(folder)).toEqual(before);
	pin();
	expect(pin('--check').status).toBe(0);
});
