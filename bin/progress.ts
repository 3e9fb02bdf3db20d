const SHOWN_AFTER_MS = 1_000;

/** Runs `work` and prints `text` if it takes longer than a second. Resolves to the result. */
export async function withProgress<T>(text: string, work: () => Promise<T>): Promise<T> {
	const timer = setTimeout(() => console.log(`${text} …`), SHOWN_AFTER_MS);
	try {
		return await work();
	} finally {
		clearTimeout(timer);
	}
}
