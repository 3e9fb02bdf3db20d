import { readFileSync } from 'node:fs';

/** One instruction of a Dockerfile, with continuation lines joined. */
export interface Instruction {
	name: string;
	/** For example `{ from: 'build' }` for `COPY --from=build …`. */
	flags: Record<string, string>;
	text: string;
}

export interface Stage {
	name: string;
	/** An image, or the name of an earlier stage. */
	parent: string;
	instructions: Instruction[];
}

/** The instructions that our Dockerfile uses. The tests support no others, so they are rejected. */
const KNOWN = ['ARG', 'CMD', 'COPY', 'ENV', 'EXPOSE', 'FROM', 'HEALTHCHECK', 'LABEL', 'RUN', 'USER', 'WORKDIR'];

/** The stages of a Dockerfile by name, in order. */
export function readDockerfile(path: string): Map<string, Stage> {
	const stages = new Map<string, Stage>();
	let stage: Stage | undefined;
	for (const { name, flags, text } of readInstructions(path)) {
		if (!KNOWN.includes(name)) throw new Error(`${path} uses ${name}, which the tests do not support`);
		if (name === 'FROM') {
			const [, parent, alias] = /^(\S+) AS (\S+)$/.exec(text) ?? [];
			if (!parent || !alias) throw new Error(`FROM ${text}: a stage without a name`);
			stage = { name: alias, parent, instructions: [] };
			stages.set(alias, stage);
		} else if (stage) {
			stage.instructions.push({ name, flags, text });
		} else throw new Error(`${name} comes before the first FROM`);
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

/** All instructions of an image: those of the stages that it is built on, then its own. */
export function instructionsOf(stages: Map<string, Stage>, name: string): Instruction[] {
	const stage = stages.get(name);
	if (!stage) return [];
	return [...instructionsOf(stages, stage.parent), ...stage.instructions];
}

/** The text of an image's last instruction of a kind, such as its CMD; null if there is none. */
export function lastOf(instructions: Instruction[], name: string): string | null {
	return instructions.findLast((instruction) => instruction.name === name)?.text ?? null;
}

/** The arguments of an exec-form command. Throws on the shell form, because a shell does not forward signals. */
export function execForm(text: string | null): string[] {
	if (!text?.startsWith('[')) throw new Error(`${text} is not in the exec form`);
	return JSON.parse(text) as string[];
}

/** The environment variables of an image. */
export function environmentOf(instructions: Instruction[]): Record<string, string> {
	const texts = instructions.filter(({ name }) => name === 'ENV').map(({ text }) => text);
	return Object.fromEntries(texts.flatMap((text) => text.split(' ').map((pair) => pair.split('=', 2))));
}

/**
 * Returns whether a file belongs to the build context, by a `.dockerignore` that excludes everything with `*` and
 * includes paths with `!path`. Throws on any other kind of line.
 */
export function readContext(path: string): (file: string) => boolean {
	const lines = readFileSync(path, 'utf8').split('\n');
	const [first, ...others] = lines.filter((line) => !/^\s*(#|$)/.test(line));
	const allowed = others.map((line) => /^!([\w./-]+)$/.exec(line)?.[1]);
	if (first !== '*' || allowed.includes(undefined)) throw new Error(`${path} is not a plain list of included paths`);
	return (file) => allowed.some((entry) => file === entry || file.startsWith(`${entry}/`));
}
