import type { Operator } from '#lib/server/moderation/audit-records.ts';
import { listSelectedIds, listSelectedMessages } from '#lib/server/moderation/find-messages.ts';
import {
	type MessagesOutcome,
	deleteMessages,
	flagMessages,
	unflagMessages
} from '#lib/server/moderation/flagged-messages.ts';
import { StartError } from '../failures.ts';
import { changeOptions, requireConsent, requireReason } from '../program/changes.ts';
import { type Command, defineCommand } from '../program/define-command.ts';
import { UsageError } from '../program/option-values.ts';
import { countOf } from '../program/table.ts';
import { linesOf, readSelection, selectionOptions, selectionParameters } from './messages.ts';

/** Messages that are shown before a change. */
const MAX_SHOWN = 5;

interface MessageChange {
	name: string;
	summary: string;
	details?: string;
	examples: Command['examples'];
	/** The imperative for the question, and the participle for the result. */
	verb: string;
	participle: string;
	/** Whether it is about messages that are flagged; null for both. */
	flagged: boolean | null;
	change: (operator: Operator, ids: number[], reason: string) => Promise<MessagesOutcome>;
}

function defineMessageChange({ verb, participle, flagged, change, ...texts }: MessageChange): Command {
	return defineCommand({
		...texts,
		parameters: selectionParameters,
		options: {
			...selectionOptions,
			'dry-run': {
				describe: 'show which messages it would change, and change nothing',
				type: 'boolean',
				default: false
			},
			...changeOptions
		},
		usesDatabase: true,
		async run({ id, text, author, dryRun, reason, yes }, { terminal, operator }) {
			const selection = readSelection({ id, text, author }, flagged);
			const ids = await listSelectedIds(selection);
			if (ids.length === 0) throw new StartError(`There is no such message to ${verb.toLowerCase()}.`);
			const lines = linesOf(await listSelectedMessages(selection, MAX_SHOWN));
			if (ids.length > MAX_SHOWN) lines.push('…');
			const count = countOf(ids.length, 'message');
			if (dryRun) return { lines: [...lines, `${count} would be ${participle}.`], json: { ids, changed: [] } };
			for (const line of lines) terminal.report(line);
			const given = await requireReason(terminal, reason);
			await requireConsent(terminal, `${verb} ${count}?`, yes);
			const outcome = await change(operator, ids, given);
			if (outcome.kind === 'invalid') throw new UsageError(`${outcome.sentence}. Nothing was changed.`);
			const changed = outcome.kind === 'done' ? outcome.ids : [];
			return { lines: [`${countOf(changed.length, 'message')} ${participle}.`], json: { ids, changed } };
		}
	});
}

export const flagCommand = defineMessageChange({
	name: 'messages flag',
	summary: 'Hides messages everywhere, on open pages too',
	details: 'Their authors see the reason.',
	examples: [
		['messages flag 4711 4712 --reason spam', 'asks, then hides two messages'],
		['messages flag --author mallory --text "buy now" --dry-run', 'shows which would be hidden']
	],
	verb: 'Hide',
	participle: 'hidden',
	flagged: false,
	change: flagMessages
});

export const unflagCommand = defineMessageChange({
	name: 'messages unflag',
	summary: 'Shows flagged messages again',
	examples: [['messages unflag 4711 --reason "not spam" --yes', 'shows the message again']],
	verb: 'Show',
	participle: 'shown again',
	flagged: true,
	change: unflagMessages
});

export const deleteCommand = defineMessageChange({
	name: 'messages delete',
	summary: 'Deletes messages: their text is erased',
	details: 'This cannot be undone. To hide a message and keep it, flag it.',
	examples: [['messages delete 4711 --reason "court order"', 'asks, then deletes the message']],
	verb: 'Delete',
	participle: 'deleted',
	flagged: null,
	change: deleteMessages
});
