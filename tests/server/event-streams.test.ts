import { expect, test, vi } from 'vitest';
import { closeStreams, streamEvents } from '#lib/edge/event-stream.server.ts';
import { registry } from '#lib/server/metrics.ts';

const shown = async () => (await registry.getSingleMetric('minitwit_event_streams')?.get())?.values[0]?.value;

test('the metrics show how many streams are open, whichever side ends them', async () => {
	const stop = vi.fn();
	expect(await shown()).toBe(0);
	const left = streamEvents('203.0.113.7', () => stop);
	streamEvents('203.0.113.7', () => stop);
	expect(await shown()).toBe(2);
	await left.body?.cancel();
	expect(await shown()).toBe(1);
	closeStreams();
	expect(await shown()).toBe(0);
	expect(stop).toHaveBeenCalledTimes(2);
});
