import type { Command } from '../program/define-command.ts';
import { resetPassword } from './reset-password.ts';

/** What the groups of commands are about. */
export const GROUPS: Record<string, string> = {
	users: 'Lists and changes accounts'
};

/** All commands, in the order of the help. */
export const COMMANDS: Command[] = [resetPassword];
