/*
 * Preloaded into the servers of a drill to send named statements without their names, because PgBouncer before 1.21
 * does not support them in transaction mode. Production's PgBouncer is newer.
 */
import pg from 'pg';

const { query } = pg.Client.prototype;

pg.Client.prototype.query = new Proxy(query, {
	apply(original, client, [statement, ...rest]) {
		const isNamed = typeof statement?.name === 'string';
		const unnamed = isNamed ? { text: statement.text, values: statement.values } : statement;
		return Reflect.apply(original, client, [unnamed, ...rest]);
	}
});
