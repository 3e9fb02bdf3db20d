import { MAX_BIO_LENGTH, MAX_DISPLAY_NAME_LENGTH, MAX_LINK_LENGTH, countCodePoints } from '#lib/limits.ts';
import { isBlank } from '#lib/text/message-text.ts';
import { SQL, execute } from '#lib/server/database/database.ts';
import { countChange } from '#lib/server/observability/metrics.ts';
import { type Change, type ChangeOutcome, refuseChange } from './account-changes.ts';
import { type Suspended, findSuspension } from './suspended-accounts.ts';
import { isStorable } from './users.ts';

/** What users say about themselves, as entered. */
export type EnteredProfile = Record<'display_name' | 'bio' | 'link', string>;

/** A value to store, null if there is none, or an error message. */
type Checked = { value: string | null } | { sentence: string };

/** Changes what a user says about themselves. A blank field removes it. */
export async function editProfile(
	change: Change,
	entered: EnteredProfile
): Promise<ChangeOutcome<keyof EnteredProfile> | Suspended> {
	const { values, sentences } = checkProfile(entered);
	const refused = await refuseChange(change, sentences);
	if (refused) return refused;
	const changed = await execute(SQL`
		UPDATE users SET display_name = ${values.display_name}, bio = ${values.bio}, link = ${values.link}
		WHERE id = ${change.member.id} AND NOT EXISTS (SELECT FROM suspended_accounts WHERE user_id = users.id)`);
	countChange('user', 'update', changed);
	return (changed === 0 && (await findSuspension(change.member.name))) || { kind: 'done' };
}

/** Returns the values to store and the error messages, by field. @public (for its test) */
export function checkProfile({ display_name, bio, link }: EnteredProfile) {
	const checked: Record<keyof EnteredProfile, Checked> = {
		display_name: checkLine(display_name, 'Display name', MAX_DISPLAY_NAME_LENGTH),
		bio: checkLine(bio, 'Bio', MAX_BIO_LENGTH),
		link: checkLink(link)
	};
	const values: Partial<Record<keyof EnteredProfile, string | null>> = {};
	const sentences: Partial<Record<keyof EnteredProfile, string>> = {};
	for (const field of ['display_name', 'bio', 'link'] as const) {
		const result = checked[field];
		if ('sentence' in result) sentences[field] = result.sentence;
		else values[field] = result.value;
	}
	return { values, sentences };
}

/** Controls, line ends, and what changes the direction of the text around it. */
const NOT_IN_A_LINE = /[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]/gu;
/** How many times shorter NFC can make a text: one syllable of Hangul from three letters. */
const NFC_FACTOR = 3;

function checkLine(entered: string, label: string, maxLength: number): Checked {
	const line = entered.replace(NOT_IN_A_LINE, ' ').replace(/\s+/g, ' ').trim();
	if (isBlank(line)) return { value: null };
	const tooLong = { sentence: `${label}: ${maxLength} characters at most` };
	// Normalizing takes quadratic time, so not for a text that is too long in any case.
	if (line.length > 2 * NFC_FACTOR * maxLength) return tooLong;
	const value = line.normalize('NFC');
	if (countCodePoints(value) > maxLength) return tooLong;
	return isStorable(value) ? { value } : { sentence: `${label}: these characters can't be used` };
}

const NO_LINK = { sentence: 'Enter a web address, such as https://example.org' };

/** An address is stored as URL writes it: in ASCII, so that it shows what it leads to. */
function checkLink(entered: string): Checked {
	const text = entered.trim();
	if (isBlank(text)) return { value: null };
	if (text.length > 2 * MAX_LINK_LENGTH) return { sentence: `Link: ${MAX_LINK_LENGTH} characters at most` };
	const address = /^[a-z][a-z\d+.-]*:/i.test(text) && !/^[^/]*:\d/.test(text) ? text : `https://${text}`;
	if (!URL.canParse(address)) return NO_LINK;
	const { protocol, hostname, username, password, href } = new URL(address);
	if (!['http:', 'https:'].includes(protocol) || !hostname.includes('.') || username !== '' || password !== '')
		return NO_LINK;
	if (href.length > MAX_LINK_LENGTH) return { sentence: `Link: ${MAX_LINK_LENGTH} characters at most` };
	return { value: href };
}
