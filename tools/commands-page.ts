import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { COMMANDS, GROUPS } from '../bin/commands/commands.ts';
import { EXIT } from '../bin/program/define-command.ts';
import { parseArguments } from '../bin/program/parse-arguments.ts';
import { flagsOfScript } from './script-flags.ts';

/* Writes docs/commands.md from the definitions of the commands. */

const MEANINGS: Record<keyof typeof EXIT, string> = {
	done: 'done; also if nothing had to be changed',
	failed: 'failed, or nothing was found; `doctor`, `simulate` and `replay`: there is a problem or a difference',
	usage: 'the command line cannot be used: nothing was done',
	remarks: 'done, with remarks: `doctor` has warnings',
	declined: 'the question was answered with no: nothing was changed'
};

const INTRODUCTION = `# Commands

Written by \`node tools/commands-page.ts\` from the definitions in \`bin/commands\`; a test keeps it true.

\`npx minitwit COMMAND\` runs a command in a clone, \`bin/minitwit.js COMMAND\` does the same sooner, and
\`docker exec CONTAINER minitwit COMMAND\` runs it in a container of the web app. The npm scripts \`start\`, \`dev\`, \`migrate\`,
\`seed\`, \`simulate\`, \`replay\` and \`reset-password\` are short forms.

**Configuration.** Commands read the keys of the servers from the environment, from files (\`KEY_FILE\`) and from \`.env\`:
see the [README](../README.md) and [.env.example](../.env.example). Without \`DATABASE_URL\` they use the database that
\`npm start\` runs.

**Changes** on behalf of the site need a \`--reason\`, which is asked for if it is missing, and a yes. In a script, give both:
\`--reason TEXT --yes\`. Each leaves an audit record, which the database refuses to change or delete: \`minitwit audit list\`.
In a container everybody has the same account, so say who you are with \`--by NAME\`.

**Output.** \`--json\` prints the result as JSON on standard output. Questions, progress and errors are on standard error.
Control characters in names and texts are replaced, so that a terminal does not obey them. A name that begins with a
dash goes after \`--\`: \`minitwit users show -- -name\`.

**Completion.** \`minitwit completion >> ~/.bashrc\` (or \`~/.zshrc\`) completes commands and options, where \`minitwit\` is in
the \`PATH\`: \`npm link\` puts it there.

| exit status | meaning |
| --- | --- |
${Object.entries(EXIT)
	.map(([name, status]) => `| ${status} | ${MEANINGS[name as keyof typeof EXIT]} |`)
	.join('\n')}
`;

/** Returns the help of a command, as the parser prints it; of the program for no words. */
function helpOf(words: string[]): string {
	const parsed = parseArguments([...words, '--help']);
	return 'text' in parsed ? parsed.text : '';
}

const block = (text: string) => `\`\`\`text\n${text.trimEnd()}\n\`\`\`\n`;

/** Returns the page. */
export function describeCommands(): string {
	const parts = [INTRODUCTION, block(helpOf([]))];
	let group = '';
	for (const { name } of COMMANDS) {
		const [first = ''] = name.split(' ');
		if (first !== group && GROUPS[first]) parts.push(`## ${first}\n`, `${GROUPS[first]}.\n`);
		group = first;
		parts.push(`${GROUPS[first] ? '###' : '##'} ${name}\n`, block(helpOf(name.split(' '))));
	}
	return parts.join('\n');
}

if (import.meta.main) {
	flagsOfScript('node tools/commands-page.ts   writes docs/commands.md', {});
	writeFileSync(join(import.meta.dirname, '../docs/commands.md'), describeCommands());
}
