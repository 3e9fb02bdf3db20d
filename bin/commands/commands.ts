import type { Command } from '../program/define-command.ts';
import { listAudit } from './audit.ts';
import { doctorCommand } from './doctor.ts';
import { exportCommand } from './export.ts';
import { importCommand } from './import.ts';
import { createInviteCommand, listInvitesCommand, revokeInviteCommand } from './invites.ts';
import { deleteCommand, flagCommand, unflagCommand } from './message-changes.ts';
import { showMessages } from './messages.ts';
import { migrateCommand } from './migrate.ts';
import { listModeratorsCommand } from './moderators.ts';
import { reportPasswords } from './passwords.ts';
import { replayCommand } from './replay.ts';
import { resetPassword } from './reset-password.ts';
import { seedCommand } from './seed.ts';
import { simulateCommand } from './simulate.ts';
import { devCommand, startCommand } from './start.ts';
import {
	deleteUser,
	grantModeration,
	renameUser,
	restoreUser,
	revokeModeration,
	revokeUserSessions,
	suspendUser
} from './user-changes.ts';
import { listUsers, showUser } from './users.ts';
import { wrapPasswords } from './wrap-passwords.ts';

/** What the commands of a group do. */
export const GROUPS: Record<string, string> = {
	users: 'List and change accounts',
	messages: 'Show, hide and delete messages',
	moderators: 'List and appoint moderators',
	invites: 'Invite people, where registration needs an invitation',
	sessions: 'Log users out',
	passwords: 'Look after stored passwords',
	audit: 'List what operators and moderators did'
};

/** All commands, in the order of the help. */
export const COMMANDS: Command[] = [
	startCommand,
	devCommand,
	migrateCommand,
	seedCommand,
	importCommand,
	exportCommand,
	simulateCommand,
	replayCommand,
	doctorCommand,
	listUsers,
	showUser,
	resetPassword,
	suspendUser,
	restoreUser,
	renameUser,
	deleteUser,
	showMessages,
	flagCommand,
	unflagCommand,
	deleteCommand,
	listModeratorsCommand,
	grantModeration,
	revokeModeration,
	createInviteCommand,
	listInvitesCommand,
	revokeInviteCommand,
	revokeUserSessions,
	reportPasswords,
	wrapPasswords,
	listAudit
];
