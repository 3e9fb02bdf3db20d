import { readFileSync } from 'node:fs';

/** One instruction of a Dockerfile, its lines joined. */
export interface Instruction {
	name: string;
	/** Such as `{ from: 'build' }` of `COPY --from=build …`. */
	flags: Record<string, string>;
	text: string;
}

export interface Stage {
	name: string;
	/** An image, or the name of a stage above. */
	parent: string;
	instructions: Instruction[];
}

/** What our Dockerfile uses. Anything else is refused, since nobody here would carry it out. */
const KNOWN = ['ARG', 'CMD', 'COPY', 'ENV', 'EXPOSE', 'FROM', 'HEALTHCHECK', 'LABEL', 'RUN', 'USER', 'WORKDIR'];

/** The stages of a Dockerfile, by name, in their order. */
export function readDockerfile(path: string): Map<string, Stage> {
	const stages = new Map<string, Stage>();
	let stage: Stage | undefined;
	for (const { name, flags, text } of readInstructions(path)) {
		if (!KNOWN.includes(name)) throw new Error(`${path} uses ${name}, which the tests do not know`);
		if (name === 'FROM') {
			const [, parent, alias] = /^(\S+) AS (\S+)$/.exec(text) ?? [];
			if (!parent || !alias) throw new Error(`FROM ${text}: a stage without a name`);
			stage = { name: alias, parent, instructions: [] };
			stages.set(alias, stage);
		} else if (stage) {
			stage.instructions.push({ name, flags, text });
		} else throw new Error(`${name} stands before the first FROM`);
	}
	return stages;
}

function readInstructions(path: string): Instruction[] {
	const lines = readFileSync(path, 'utf8').split('\n');
	const joined = lines.filter((line) => !/^\s*(#|$)/.test(line)).join('\n');
	return joined
		.replace(/\\\n\s*/g, '')
		.split('\n')
		.map((line) => {
			const [, name = '', flagText = '', text = ''] = /^(\S+)\s+((?:--\S+\s+)*)(.*)$/.exec(line) ?? [];
			const flags = [...flagText.matchAll(/--([^=\s]+)=(\S+)/g)].map(([, key, value]) => [key, value]);
			return { name, flags: Object.fromEntries(flags), text };
		});
}

/** All instructions that make an image: those of the stages it is built on, then its own. */
export function instructionsOf(stages: Map<string, Stage>, name: string): Instruction[] {
	const stage = stages.get(name);
	if (!stage) return [];
	return [...instructionsOf(stages, stage.parent), ...stage.instructions];
}

/** The last word of an image on something, such as its CMD; null when there is none. */
export function lastOf(instructions: Instruction[], name: string): string | null {
	return instructions.findLast((instruction) => instruction.name === name)?.text ?? null;
}

/** An exec-form command as its words. Throws on the form that starts a shell, which would keep signals to itself. */
export function execForm(text: string | null): string[] {
	if (!text?.startsWith('[')) throw new Error(`${text} is not in the exec form`);
	return JSON.parse(text) as string[];
}

/** The variables that an image sets. */
export function environmentOf(instructions: Instruction[]): Record<string, string> {
	const texts = instructions.filter(({ name }) => name === 'ENV').map(({ text }) => text);
	return Object.fromEntries(texts.flatMap((text) => text.split(' ').map((pair) => pair.split('=', 2))));
}

/**
 * Whether a file belongs to the build context, by a `.dockerignore` that takes everything out with `*` and
 * lets paths back in with `!path`. Throws on any other kind of line.
 */
export function readContext(path: string): (file: string) => boolean {
	const lines = readFileSync(path, 'utf8').split('\n');
	const [first, ...others] = lines.filter((line) => !/^\s*(#|$)/.test(line));
	const allowed = others.map((line) => /^!([\w./-]+)$/.exec(line)?.[1]);
	if (first !== '*' || allowed.includes(undefined)) throw new Error(`${path} is more than a list of what is allowed`);
	return (file) => allowed.some((entry) => file === entry || file.startsWith(`${entry}/`));
}
