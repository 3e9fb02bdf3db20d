/** Background Sync, which not every browser has and TypeScript does not know. */
interface SyncRegistration extends ServiceWorkerRegistration {
	sync?: { register(tag: string): Promise<void> };
}

/** Asks the browser to wake the worker when there is a network, where it can and may. */
export async function requestSync(registration: ServiceWorkerRegistration): Promise<void> {
	await (registration as SyncRegistration).sync?.register('outbox').catch(() => undefined);
}
