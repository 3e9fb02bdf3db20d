import { runProgram } from './program/run-program.ts';

/* npx minitwit COMMAND: docs/commands.md lists the commands. bin/minitwit.js starts this on the right version of Node. */

process.exitCode = await runProgram(process.argv.slice(2));
