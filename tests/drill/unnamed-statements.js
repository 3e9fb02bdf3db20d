/*
 * Preloaded into the servers of a drill where PgBouncer is older than 1.21, which does not pass named statements on in
 * transaction mode: they are sent without their names. Production's PgBouncer is newer.
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
