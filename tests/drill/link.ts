import { type Socket, connect, createServer } from 'node:net';
import { once } from 'node:events';

/** A network link to a server, which can fail. */
export interface Link {
	/** Where to connect instead. */
	port: number;
	/** Silently drops all traffic from now on. */
	cut(): void;
	/** Closes all connections and accepts no new ones. */
	end(): void;
}

/** Opens a link to a port of this machine. */
export async function openLink(target: number): Promise<Link> {
	const sockets: Socket[] = [];
	const server = createServer((client) => {
		const upstream = connect(target, '127.0.0.1');
		for (const [from, to] of [
			[client, upstream],
			[upstream, client]
		] as const) {
			from.pipe(to);
			from.on('error', () => to.destroy());
			sockets.push(from);
		}
	});
	server.listen(0, '127.0.0.1');
	await once(server, 'listening');
	const address = server.address();
	if (address === null || typeof address === 'string') throw new Error('The link has no port');
	return {
		port: address.port,
		cut: () => sockets.forEach((socket) => socket.unpipe().pause()),
		end() {
			server.close();
			sockets.forEach((socket) => socket.destroy());
		}
	};
}
