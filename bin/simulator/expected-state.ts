import { findSimulatedFault } from '#lib/server/accounts/registration.ts';
import type { Action } from './actions.ts';

/** The state of one user after a log. */
export interface ExpectedPerson {
	/** The number of the action that registered them. */
	since: number;
	/** Texts, oldest first. */
	messages: string[];
	/** Names of followed users, oldest follow first. */
	follows: Set<string>;
}

/**
 * Returns the state of all users after a log. Actions by or towards users who are not registered at that point,
 * registrations that break the rules or take the simulator's name, and following oneself are rejected by every server and
 * change nothing.
 */
export function expectedState(actions: Action[], simulator: string): Map<string, ExpectedPerson> {
	const people = new Map<string, ExpectedPerson>();
	for (const action of actions) {
		const person = people.get(action.user);
		if (action.command === 'register') {
			const { user: name, email, password, number: since } = action;
			const isRejected = person || name === simulator || findSimulatedFault({ name, email, password });
			if (!isRejected) people.set(name, { since, messages: [], follows: new Set() });
		} else if (!person) continue;
		else if (action.command === 'tweet') person.messages.push(action.text);
		else if (action.command === 'unfollow') person.follows.delete(action.other);
		else if (people.has(action.other) && action.other !== action.user) person.follows.add(action.other);
	}
	return people;
}
