import { spawn } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, statSync, symlinkSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { type Instruction, instructionsOf, readContext, readDockerfile } from './dockerfile.ts';

const DOCKERFILE = 'deployment/docker/Dockerfile';
const WORKING_FOLDER = '/app';

/** The build arguments. */
export const VERSION = '1.2.3-test';

export const stages = readDockerfile(DOCKERFILE);
const isInContext = readContext('.dockerignore');

/** Executes our Dockerfile without Docker: each stage becomes a folder with the contents of its image's /app. */
export class ImageFolders {
	#folder: string;
	#made = new Map<string, Promise<string>>();

	/** @param folder an empty folder, for the folders of the stages */
	constructor(folder: string) {
		this.#folder = folder;
	}

	/** Builds a stage and all stages that it needs, and resolves to its folder. */
	make(stage: string): Promise<string> {
		const made = this.#made.get(stage) ?? this.#make(stage);
		this.#made.set(stage, made);
		return made;
	}

	async #make(stage: string): Promise<string> {
		if (!stages.has(stage)) throw new Error(`There is no stage ${stage}`);
		const folder = join(this.#folder, stage);
		mkdirSync(folder);
		for (const instruction of instructionsOf(stages, stage)) await this.#carryOut(instruction, folder);
		return folder;
	}

	async #carryOut({ name, flags, text }: Instruction, folder: string): Promise<void> {
		if (name === 'RUN') await run(text, folder);
		if (name === 'WORKDIR' && text !== WORKING_FOLDER) throw new Error(`WORKDIR ${text}: expected ${WORKING_FOLDER}`);
		if (name !== 'COPY') return;
		const paths = text.split(/\s+/);
		const target = paths.pop() ?? '';
		for (const path of paths) {
			const to = /\/$/.test(target) ? join(folder, target, basename(path)) : join(folder, target);
			mkdirSync(dirname(to), { recursive: true });
			if (flags.from) await copyFromStage(await this.make(flags.from), path, to);
			else copyFromContext(path, to);
		}
	}
}

/** Links the dependencies instead of copying them: every image has the same files. */
async function copyFromStage(folder: string, path: string, to: string): Promise<void> {
	if (!path.startsWith(`${WORKING_FOLDER}/`)) throw new Error(`COPY ${path}: outside ${WORKING_FOLDER}`);
	await run(`cp -al "${join(folder, path.slice(WORKING_FOLDER.length))}" "${to}"`, folder);
}

/** Copies a path from the build context. Throws if the context has no such file, as Docker does. */
function copyFromContext(path: string, to: string): void {
	const files = listFiles(path).filter(isInContext);
	if (files.length === 0) throw new Error(`COPY ${path}: the context has no such file`);
	for (const file of files) cpSync(file, file === path ? to : join(to, file.slice(path.length)));
}

/** All files under a path, or the path itself if it is one. */
function listFiles(path: string): string[] {
	if (!existsSync(path)) return [];
	if (!statSync(path).isDirectory()) return [path];
	return readdirSync(path).flatMap((name) => listFiles(join(path, name)));
}

/** Runs a shell command with this process's Node. Links the checkout's development dependencies. */
async function run(command: string, folder: string): Promise<void> {
	if (/^npm ci --include=dev /.test(command)) {
		symlinkSync(join(process.cwd(), 'node_modules'), join(folder, 'node_modules'));
		return;
	}
	const env = { ...process.env, PATH: `${dirname(process.execPath)}:${process.env.PATH}`, VERSION };
	const child = spawn('sh', ['-c', command], { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'] });
	let output = '';
	child.stdout.on('data', (part) => (output += part));
	child.stderr.on('data', (part) => (output += part));
	const code = await new Promise((resolve) => child.once('close', resolve));
	if (code !== 0) throw new Error(`${command} ended with code ${code}:\n${output}`);
}
