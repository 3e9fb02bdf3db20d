import type { Action } from './actions.ts';

/** What a log leaves behind for one person. */
export interface ImpliedPerson {
	/** Texts, oldest first. */
	messages: string[];
	/** Names of those followed, the oldest follow first. */
	follows: Set<string>;
}

/**
 * What a system holds after a log. Actions of or towards people who are not registered at that point,
 * and following oneself, are refused by every server and imply nothing.
 */
export function imply(actions: Action[]): Map<string, ImpliedPerson> {
	const people = new Map<string, ImpliedPerson>();
	for (const action of actions) {
		const person = people.get(action.user);
		if (action.command === 'register') {
			if (!person) people.set(action.user, { messages: [], follows: new Set() });
		} else if (!person) continue;
		else if (action.command === 'tweet') person.messages.push(action.text);
		else if (action.command === 'unfollow') person.follows.delete(action.other);
		else if (people.has(action.other) && action.other !== action.user) person.follows.add(action.other);
	}
	return people;
}
