import type { Absence, Verdict } from './verify.ts';

const MAX_SHOWN = 20;
/** In UTF-16 code units. */
const MAX_TEXT_LENGTH = 120;

/** Returns the lines of a report about `people` users after `actions` actions. */
export function reportVerdict({ absent, differences }: Verdict, people: number, actions: number): string[] {
	return [
		...absent.slice(0, MAX_SHOWN).flatMap(describeAbsence),
		...elision(absent.length - MAX_SHOWN, 'absent'),
		...differences.slice(0, MAX_SHOWN),
		...elision(differences.length - MAX_SHOWN, 'differences'),
		`Compared ${people} users after ${actions} actions: ${absent.length} absent, ${differences.length} differences`
	];
}

function describeAbsence({ name, since, messages, firstMessages, follows, followers }: Absence): string[] {
	const missing = `messages: ${messages}, follows: ${follows}, followers: ${followers}`;
	return [
		`${JSON.stringify(name)} is absent since action ${since}, which registered them (${missing})`,
		...firstMessages.map((text) => `    ${JSON.stringify(cutOff(text))}`),
		...elision(messages - firstMessages.length, 'messages').map((line) => `    ${line}`)
	];
}

const cutOff = (text: string) => (text.length > MAX_TEXT_LENGTH ? `${text.slice(0, MAX_TEXT_LENGTH)}…` : text);

const elision = (more: number, what: string): string[] => (more > 0 ? [`… ${more} more ${what}`] : []);
