import { join } from 'node:path';
import { migrate } from '#lib/server/database/migrations.ts';
import { findFreePort } from '../../bin/ports.ts';
import { type Replica, startReplica } from '../deployment/replicas.ts';
import { type Account, createAccount } from './accounts.ts';
import { type Host, type Pooler, createHost } from './hosts.ts';
import { type Link, openLink } from './link.ts';
import { startPooler } from './pooler.ts';

const PEOPLE = 3;
const NO_LIMIT = '100000000/1';

/** MiniTwit as deployed, but on one machine: three database hosts, a pooler, a web server and an API server. */
export interface Site {
	root: string;
	/** The initial primary, its standby, and an empty host. */
	hosts: { first: Host; second: Host; third: Host };
	/** The link over which the standby follows the primary. */
	link: Link;
	/** How the scripts on the hosts reach the pooler. */
	way: Pooler;
	/** The database URL of the web app and the API, through the pooler. */
	addressOfApp: string;
	web: Replica;
	api: Replica;
	accounts: Account[];
	/** Stops everything that belongs to the site. */
	ends: AsyncDisposableStack;
}

/** Sets everything up in a folder as deployment/database/README.md says. `ends` stops what this function starts. */
export async function startSite(root: string, ends: AsyncDisposableStack): Promise<Site> {
	const way = { command: join(root, 'pooler', 'pooler.sh'), port: await findFreePort() };
	const first = await createHost(root, 'first', way);
	const copies = ['second', 'third', 'pooler'].map((name) => createHost(root, name, way, first));
	const [second, third, poolerHost] = (await Promise.all(copies)) as [Host, Host, Host];
	for (const host of [first, second, third]) ends.defer(() => host.kill());
	const link = await openLink(first.port);
	ends.defer(() => link.end());
	await startDatabase(first, second, link);

	const pooler = await startPooler(poolerHost, way.port, first);
	ends.defer(() => pooler.stop());
	const environment = {
		...pooler.environment,
		DATABASE_DIRECT_URL: pooler.urlOf('minitwit_direct'),
		LIMIT_POSTS_PER_ACCOUNT: NO_LIMIT,
		LIMIT_POSTS_PER_ADDRESS: NO_LIMIT
	};
	const addressOfApp = pooler.urlOf('minitwit');
	const start = async (kind: 'web' | 'api') => {
		const replica = await startReplica(kind, addressOfApp, root, environment);
		ends.defer(() => replica.kill());
		return replica;
	};
	const [web, api] = await Promise.all([start('web'), start('api')]);
	const names = Array.from({ length: PEOPLE }, (_, person) => `drill-${person + 1}`);
	const accounts = await Promise.all(names.map((name) => createAccount(web.origin, api.origin, name)));
	return { root, hosts: { first, second, third }, link, way, addressOfApp, web, api, accounts, ends };
}

/** Starts a primary with the schema and a backup, and a synchronous standby. */
async function startDatabase(primary: Host, standby: Host, link: Link): Promise<void> {
	await primary.start();
	await migrate(primary.urlOf('owner'), 'sql/migrations');
	await primary.run('roles.sh');
	await Promise.all([primary.run('backup.sh', 'full'), standby.run('standby.sh', '127.0.0.1', String(link.port))]);
	await primary.run('synchronous.sh', 'on');
}
