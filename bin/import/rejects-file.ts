import {
	closeSync,
	fchmodSync,
	fstatSync,
	ftruncateSync,
	mkdtempSync,
	openSync,
	readSync,
	rmSync,
	writeSync
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Reject } from '#lib/server/import/tally.ts';
import { StartError } from '../failures.ts';

const PART_BYTES = 64 * 1024;

/**
 * A file of JSON lines for what was not taken. It has names, addresses and texts, so only its owner may read it; it is
 * removed if nothing was rejected. Lines get into it when they are settled: what a failed or killed import had not, the
 * next attempt adds. The file of an earlier import stays until then.
 */
export class RejectsFile {
	readonly #path: string;
	#file: number | null = null;
	/** Lines that are not settled. Its file has no name any more, so that nothing is left of it. */
	#waiting = -1;
	#part = '';
	#isReplaced = false;

	constructor(path: string) {
		this.#path = path;
	}

	/** Opens the file. With `append`, settled lines are added to those that are there. @throws StartError */
	open(append: boolean): void {
		try {
			this.#waiting = openNameless();
			this.#file = openSync(this.#path, 'a', 0o600);
		} catch (error) {
			throw new StartError(`The rejects cannot be written: ${(error as Error).message}. --rejects names another file.`);
		}
		this.#isReplaced = append || !fstatSync(this.#file).isFile();
		if (fstatSync(this.#file).isFile()) fchmodSync(this.#file, 0o600);
	}

	add(reject: Reject): void {
		this.#part += `${JSON.stringify(reject)}\n`;
		if (this.#part.length >= PART_BYTES) this.#write();
	}

	/** Writes what was added to the file, so that neither an interruption nor a failure loses it. */
	settle(): void {
		if (this.#file === null) return;
		this.#write();
		if (!this.#isReplaced) ftruncateSync(this.#file, 0);
		this.#isReplaced = true;
		const buffer = Buffer.alloc(PART_BYTES);
		for (let at = 0, bytes; (bytes = readSync(this.#waiting, buffer, 0, PART_BYTES, at)) > 0; at += bytes)
			writeSync(this.#file, buffer, 0, bytes);
		ftruncateSync(this.#waiting, 0);
	}

	/** Closes the file, without what is not settled. If it is empty, it is removed, unless it `isLost` to another import. */
	close(isLost: boolean): void {
		if (this.#file === null) return;
		const stat = fstatSync(this.#file);
		closeSync(this.#file);
		closeSync(this.#waiting);
		if (stat.isFile() && stat.size === 0 && !isLost) rmSync(this.#path, { force: true });
	}

	#write(): void {
		writeSync(this.#waiting, this.#part);
		this.#part = '';
	}
}

function openNameless(): number {
	const folder = mkdtempSync(join(tmpdir(), 'minitwit-rejects-'));
	const file = openSync(join(folder, 'waiting'), 'ax+', 0o600);
	rmSync(folder, { recursive: true });
	return file;
}
