import { closeSync, openSync, rmSync, writeSync } from 'node:fs';
import type { Reject } from '#lib/server/import/tally.ts';
import { StartError } from '../failures.ts';

const PART_CHARACTERS = 64 * 1024;

/**
 * A file of JSON lines for what was not taken. It has names, addresses and texts, so only its owner may read it; it is
 * removed if nothing was rejected.
 */
export class RejectsFile {
	readonly #path: string;
	readonly #file: number;
	#isEmpty = true;
	#part = '';

	/** @throws StartError if the file cannot be written */
	constructor(path: string, append: boolean) {
		this.#path = path;
		try {
			this.#file = openSync(path, append ? 'a' : 'w', 0o600);
		} catch (error) {
			throw new StartError(`The rejects cannot be written: ${(error as Error).message}. --rejects names another file.`);
		}
		this.#isEmpty = !append;
	}

	add(reject: Reject): void {
		this.#part += `${JSON.stringify(reject)}\n`;
		if (this.#part.length >= PART_CHARACTERS) this.#write();
	}

	close(): void {
		this.#write();
		closeSync(this.#file);
		if (this.#isEmpty) rmSync(this.#path);
	}

	#write(): void {
		if (this.#part === '') return;
		writeSync(this.#file, this.#part);
		this.#isEmpty = false;
		this.#part = '';
	}
}
