import { isReservedName } from '#lib/text/profile-path.ts';
import { TAKEN, resemblesSimulator } from './users.ts';

/** Characters that render as nothing and can make one name look like another. */
const INVISIBLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/u;
/** Joiners and variation selectors that emoji and some scripts need; next to Latin letters they would be invisible. */
const JOINERS =
	/(?<=[\p{Extended_Pictographic}\p{Emoji_Modifier}\ufe0f]|(?![\p{sc=Latin}\p{sc=Greek}\p{sc=Cyrillic}\p{sc=Inherited}\p{sc=Common}])[\p{L}\p{M}])(?:\u200c|\u200d|\ufe0f)/gu;

/** Rules that names must meet unless the simulator chooses them. Returns an error message, or null. */
export function validateNewName(name: string): string | null {
	if (INVISIBLE.test(name.replace(JOINERS, ''))) return 'The username contains invisible characters';
	if (mixesAlphabets(name)) return 'The username mixes letters of different alphabets in a word';
	return isReservedName(name) || resemblesSimulator(name) ? TAKEN : null;
}

/** Alphabets with look-alike letters: a word that mixes them can imitate another user's name. */
const ALPHABETS = [/\p{sc=Latin}/u, /\p{sc=Cyrillic}/u, /\p{sc=Greek}/u];

function mixesAlphabets(name: string): boolean {
	const words = name.match(/[\p{L}\p{M}]+/gu) ?? [];
	return words.some((word) => ALPHABETS.filter((alphabet) => alphabet.test(word)).length > 1);
}
