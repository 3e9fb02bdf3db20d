import { closeSync, fchmodSync, fstatSync, openSync, rmSync, writeSync } from 'node:fs';
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

	constructor(path: string) {
		this.#path = path;
	}

	/** Opens the file, which another import may be writing until this one has begun. @throws StartError */
	open(append: boolean): void {
		try {
			this.#file = openSync(this.#path, append ? 'a' : 'w', 0o600);
			if (fstatSync(this.#file).isFile()) fchmodSync(this.#file, 0o600);
		} catch (error) {
			throw new StartError(`The rejects cannot be written: ${(error as Error).message}. --rejects names another file.`);
		}
	}

	add(reject: Reject): void {
		this.#part += `${JSON.stringify(reject)}\n`;
		if (this.#part.length >= PART_CHARACTERS) this.flush();
	}

	/** Writes what was added, so that an interruption does not lose it. */
	flush(): void {
		if (this.#part === '' || this.#file === null) return;
		writeSync(this.#file, this.#part);
		this.#part = '';
	}

	/** Closes the file. If it is empty, it is removed, unless it `isLost` to another import. */
	close(isLost: boolean): void {
		if (this.#file === null) return;
		this.flush();
		const stat = fstatSync(this.#file);
		closeSync(this.#file);
		if (stat.isFile() && stat.size === 0 && !isLost) rmSync(this.#path, { force: true });
	}
}
