import pg from 'pg';

/** Roles with the privileges of minitwit_readonly and minitwit_exporter. Roles are server-wide, so their names are unique. */
export async function createRoles(
	url: string
): Promise<{ readerUrl: string; exporterUrl: string; drop(): Promise<void> }> {
	const suffix = crypto.randomUUID().replaceAll('-', '');
	const password = crypto.randomUUID();
	const [reader, exporter] = [`reader_${suffix}`, `exporter_${suffix}`];
	const run = async (...statements: string[]) => {
		const client = new pg.Client({ connectionString: url });
		await client.connect();
		for (const statement of statements) await client.query(statement);
		await client.end();
	};
	await run(
		`CREATE ROLE ${reader} LOGIN PASSWORD '${password}'`,
		`GRANT SELECT (id, created_at) ON users TO ${reader}`,
		`GRANT SELECT (author_id, posted_at) ON messages TO ${reader}`,
		`GRANT SELECT (followed_at) ON follows TO ${reader}`,
		`GRANT SELECT ON user_counts TO ${reader}`,
		`CREATE ROLE ${exporter} LOGIN PASSWORD '${password}' IN ROLE pg_monitor`
	);
	const urlAs = (role: string) => Object.assign(new URL(url), { username: role, password }).href;
	return {
		readerUrl: urlAs(reader),
		exporterUrl: urlAs(exporter),
		drop: () => run(`DROP OWNED BY ${reader}, ${exporter}`, `DROP ROLE ${reader}, ${exporter}`)
	};
}
