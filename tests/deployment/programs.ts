import { type DebianProgram, findProgram } from '../../tools/debian-programs.ts';

/** The path of one of Debian's programs. Throws where it is not installed. */
export function requireProgram(name: DebianProgram): string {
	const path = findProgram(name);
	if (path === null) throw new Error(`${name} is not installed: npm run test:deployment does that, as root on Debian`);
	return path;
}
