import { closeSync, fchmodSync, fstatSync, ftruncateSync, openSync, rmSync, writeSync } from 'node:fs';
import type { Reject } from '#lib/server/import/tally.ts';
import { StartError } from '../failures.ts';

const PART_CHARACTERS = 64 * 1024;

/**
 * A file of JSON lines for what was not taken. It has names, addresses and texts, so only its owner may read it; it is
 * removed if nothing was rejected.
 */
export class RejectsFile {
	readonly #path: string;
	#file: number | null = null;
	#part = '';
	#settledBytes = 0;

	constructor(path: string) {
		this.#path = path;
	}

	/** Opens the file, which another import may be writing until this one has begun. @throws StartError */
	open(append: boolean): void {
		try {
			this.#file = openSync(this.#path, append ? 'a' : 'w', 0o600);
			const stat = fstatSync(this.#file);
			if (stat.isFile()) fchmodSync(this.#file, 0o600);
			this.#settledBytes = stat.size;
		} catch (error) {
			throw new StartError(`The rejects cannot be written: ${(error as Error).message}. --rejects names another file.`);
		}
	}

	add(reject: Reject): void {
		this.#part += `${JSON.stringify(reject)}\n`;
		if (this.#part.length >= PART_CHARACTERS) this.#write();
	}

	/** Settles what was added: neither an interruption nor a failure loses it, and nothing adds it again. */
	settle(): void {
		this.#write();
		if (this.#file !== null) this.#settledBytes = fstatSync(this.#file).size;
	}

	/**
	 * Closes the file, without what is not settled: the next attempt adds that again. If it is empty, it is removed, unless
	 * it `isLost` to another import.
	 */
	close(isLost: boolean): void {
		if (this.#file === null) return;
		const isFile = fstatSync(this.#file).isFile();
		if (isFile && !isLost) ftruncateSync(this.#file, this.#settledBytes);
		closeSync(this.#file);
		if (isFile && this.#settledBytes === 0 && !isLost) rmSync(this.#path, { force: true });
	}

	#write(): void {
		if (this.#part === '' || this.#file === null) return;
		writeSync(this.#file, this.#part);
		this.#part = '';
	}
}
