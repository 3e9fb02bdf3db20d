import { type Socket, connect, createServer } from 'node:net';
import { once } from 'node:events';

/** A line to a server, which can fail. */
export interface Link {
	/** Where to connect instead. */
	port: number;
	/** From now on nothing comes through, and nobody is told. */
	cut(): void;
	/** Ends all connections and takes no more. */
	end(): void;
}

/** Opens a line to a port of this machine. */
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
	if (address === null || typeof address === 'string') throw new Error('The line has no port');
	return {
		port: address.port,
		cut: () => sockets.forEach((socket) => socket.unpipe().pause()),
		end() {
			server.close();
			sockets.forEach((socket) => socket.destroy());
		}
	};
}
