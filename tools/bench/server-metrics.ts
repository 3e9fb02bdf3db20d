/** Returns the sum of a server's metric over its labels, from its /metrics. */
export async function readMetric(origin: string, name: string): Promise<number> {
	const text = await (await fetch(`${origin}/metrics`)).text();
	const values = [...text.matchAll(new RegExp(`^${name}(?:{.*})? (\\S+)$`, 'gm'))];
	return values.reduce((sum, [, value]) => sum + Number(value), 0);
}

/** Returns the resident memory of a server, in MiB. */
export async function readMemory(origin: string): Promise<number> {
	return (await readMetric(origin, 'process_resident_memory_bytes')) / 2 ** 20;
}
