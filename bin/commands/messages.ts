import { type MessageRow, type MessageSelection, listSelectedMessages } from '#lib/server/moderation/find-messages.ts';
import { StartError } from '../failures.ts';
import { defineCommand } from '../program/define-command.ts';
import { UsageError, numberOption } from '../program/option-values.ts';
import { tableOf, timeOf } from '../program/table.ts';

/** The arguments that select messages. */
export const selectionParameters = { id: { describe: 'the ids of messages', type: 'string', array: true } } as const;
export const selectionOptions = {
	text: { describe: 'messages with this in their text, in any case', type: 'string', requiresArg: true },
	author: { describe: 'messages of the user with exactly this name', type: 'string', requiresArg: true }
} as const;

/** Returns the selection. @throws UsageError if there is none, or an id is not one */
export function readSelection(
	{ id = [], text = null, author = null }: { id?: string[]; text?: string | null; author?: string | null },
	flagged: boolean | null
): MessageSelection {
	const wrong = id.find((given) => !/^\d{1,15}$/.test(given));
	if (wrong !== undefined) throw new UsageError(`${JSON.stringify(wrong)} is not the id of a message.`);
	if (id.length === 0 && !text && !author) throw new UsageError('Select messages: by id, --text or --author.');
	return { ids: id.length === 0 ? null : id.map(Number), text, author, flagged };
}

/** Returns messages as lines. */
export function linesOf(messages: MessageRow[]): string[] {
	const rows = messages.map(({ id, author_name, posted_at, flagged, deleted_at, text, reason, answer }) => {
		const state = deleted_at ? 'deleted' : flagged ? 'flagged' : '';
		const notes = [reason !== null && `reason: ${reason}`, answer !== null && `answer: ${answer}`].filter(Boolean);
		return [id, author_name, timeOf(posted_at), state, [text, ...notes].join(' | ')];
	});
	return tableOf(['id', 'author', 'posted', 'state', 'text'], rows);
}

export const showMessages = defineCommand({
	name: 'messages show',
	summary: 'Shows messages, also those that are flagged or deleted',
	parameters: selectionParameters,
	options: { ...selectionOptions, limit: numberOption('limit', 'how many at most', 50, 1, 10_000) },
	examples: [['messages show --author mallory --text "buy now"', 'shows the newest 50 of them']],
	usesDatabase: true,
	async run({ limit, ...selected }) {
		const messages = await listSelectedMessages(readSelection(selected, null), limit);
		if (messages.length === 0) throw new StartError('There is no such message.');
		return { lines: linesOf(messages), json: messages };
	}
});
