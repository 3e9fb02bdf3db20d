const SHOWN_AFTER_MS = 1_000;

/** Does some work, and says what is being done as soon as it has taken more than a second. */
export async function withProgress<T>(text: string, work: () => Promise<T>): Promise<T> {
	const timer = setTimeout(() => console.log(`${text} …`), SHOWN_AFTER_MS);
	try {
		return await work();
	} finally {
		clearTimeout(timer);
	}
}
