import 'fake-indexeddb/auto';

/*
 * Simulates IndexedDB connections that die as in browsers: every operation rejects with an
 * InvalidStateError, and no event announces it.
 */

const connections: IDBDatabase[] = [];
const open = indexedDB.open.bind(indexedDB);
indexedDB.open = (name, version) => {
	const request = open(name, version);
	request.addEventListener('success', () => connections.push(request.result));
	return request;
};

/** Kills every open connection. Returns how many there were. */
export function killConnections(): number {
	const killed = connections.splice(0);
	for (const connection of killed) connection.close();
	return killed.length;
}
