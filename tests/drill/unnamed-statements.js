/*
 * Preloaded into the servers of a drill where PgBouncer is older than 1.21, which does not pass named statements on in
 * transaction mode: they are sent without their names. Production's PgBouncer is newer.
 */
import pg from 'pg';

const { query } = pg.Client.prototype;

pg.Client.prototype.query = function (statement, ...rest) {
	const isNamed = typeof statement === 'object' && statement !== null && typeof statement.name === 'string';
	return query.call(this, isNamed ? { text: statement.text, values: statement.values } : statement, ...rest);
};
