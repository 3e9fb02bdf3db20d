import { type DebianProgram, findProgram } from '../../tools/debian-programs.ts';

/** The path of a program from a Debian package. Throws if it is not installed. */
export function requireProgram(name: DebianProgram): string {
	const path = findProgram(name);
	if (path === null)
		throw new Error(`${name} is not installed: npm run test:deployment installs it, as root on Debian`);
	return path;
}
