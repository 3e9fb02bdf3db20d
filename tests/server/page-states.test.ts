import { expect, test } from 'vitest';
import { findPublicTimelineState, findUserTimelineState } from '#lib/server/messages/timelines.ts';
import { findFollowersState, findFollowingState } from '#lib/server/follows/following.ts';
import { createFollow, createMessage, createPerson } from '../factories.ts';
import { useDatabase } from '../use-database.ts';
useDatabase();
test('x', async () => {
	const a = await createPerson(); const b = await createPerson();
	await createMessage(a.id, 'x'); await createFollow(a.name, b.name);
	console.log(await Promise.all([findPublicTimelineState('', null), findPublicTimelineState('', {after: 0}), findUserTimelineState(a.name, null), findUserTimelineState('nobody', null), findFollowingState(a.name, null), findFollowersState(b.name, null)]));
});
