import 'fake-indexeddb/auto';

/*
 * Connections to IndexedDB that die as they do in browsers: whatever is asked of them rejects with an
 * InvalidStateError, and no event says so.
 */

const connections: IDBDatabase[] = [];
const open = indexedDB.open.bind(indexedDB);
indexedDB.open = (name, version) => {
	const request = open(name, version);
	request.addEventListener('success', () => connections.push(request.result));
	return request;
};

/** Has every connection that is open die, and returns how many those were. */
export function killConnections(): number {
	const killed = connections.splice(0);
	for (const connection of killed) connection.close();
	return killed.length;
}
