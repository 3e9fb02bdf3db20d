/* Stands in for Grafana: reads the files that it reads, writes where it writes, answers the health check. */
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';

for (const file of [
	'/run/secrets/grafana_admin_password',
	'/run/secrets/grafana_database_password',
	'/run/secrets/database_ca',
	'/etc/grafana/provisioning/datasources/datasources.yml',
	'/etc/grafana/provisioning/dashboards/dashboards.yml',
	'/etc/grafana/dashboards/business.json'
])
	readFileSync(file);
writeFileSync('/var/lib/grafana/grafana.db', '');
writeFileSync('/tmp/grafana', '');
createServer((_request, response) => response.end('{"database":"ok"}')).listen(3000);
process.on('SIGTERM', () => process.exit(0));
