import { expect, test } from 'vitest';
import { shareNext } from '#lib/http/share-next.server.ts';

/** Returns a read whose runs the test settles, and those runs. */
function controlledRead() {
	const begun: PromiseWithResolvers<number>[] = [];
	const read = () => {
		const run = Promise.withResolvers<number>();
		begun.push(run);
		return run.promise;
	};
	return { begun, read };
}

test('callers that arrive during a read share the next one, which starts after they arrive', async () => {
	const { begun, read } = controlledRead();
	const first = shareNext('shared', read);
	const waiting = [shareNext('shared', read), shareNext('shared', read), shareNext('shared', read)];
	expect(begun).toHaveLength(1);

	begun[0]?.resolve(1);
	expect(await first).toBe(1);
	await Promise.resolve();
	expect(begun).toHaveLength(2);
	const late = shareNext('shared', read);

	begun[1]?.resolve(2);
	expect(await Promise.all(waiting)).toEqual([2, 2, 2]);
	await Promise.resolve();
	begun[2]?.resolve(3);
	expect(await late).toBe(3);
	expect(begun).toHaveLength(3);
});

test('a call after all others are served reads again', async () => {
	const { begun, read } = controlledRead();
	for (const value of [1, 2]) {
		const shared = shareNext('again', read);
		begun.at(-1)?.resolve(value);
		expect(await shared).toBe(value);
	}
});

test('different keys do not wait for each other', async () => {
	const { begun, read } = controlledRead();
	const [one, other] = [shareNext('one', read), shareNext('other', read)];
	begun[1]?.resolve(2);
	expect(await other).toBe(2);
	begun[0]?.resolve(1);
	expect(await one).toBe(1);
});

test('a failure rejects the callers that shared it and does not affect later ones', async () => {
	const { begun, read } = controlledRead();
	const first = shareNext('failing', read);
	const second = shareNext('failing', read);
	begun[0]?.reject(new Error('first'));
	await expect(first).rejects.toThrow('first');
	await Promise.resolve();
	begun[1]?.reject(new Error('second'));
	await expect(second).rejects.toThrow('second');
	expect(await shareNext('failing', async () => 3)).toBe(3);
});

test('so does an exception thrown before the read starts', async () => {
	const throwing = () => {
		throw new Error('at once');
	};
	const { begun, read } = controlledRead();
	const first = shareNext('throwing', read);
	const second = shareNext('throwing', throwing);
	begun[0]?.resolve(1);
	expect(await first).toBe(1);
	await expect(second).rejects.toThrow('at once');
	expect(await shareNext('throwing', async () => 3)).toBe(3);
});
