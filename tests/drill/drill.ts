import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { flagsOfScript } from '../../tools/script-flags.ts';
import { installPrograms } from '../../tools/debian-programs.ts';
import { drillFailover } from './failover.ts';
import { drillMove } from './move.ts';
import { giveToOwner } from './owner.ts';
import { type Part, findFaults, renderReport } from './report.ts';
import { drillRestore } from './restore.ts';
import { startSite } from './site.ts';

/*
 * npm run drill: tests the guarantees of deployment/database with its own scripts on real PostgreSQL servers, PgBouncer
 * and pgBackRest on loopback. Prints what was acknowledged, found, doubled and lost, and fails on any loss.
 */

flagsOfScript('npm run drill   restores, fails over and moves real databases under load, and counts what is lost', {});
const missing = installPrograms(['pg_controldata', 'pgbackrest', 'pgbouncer', 'openssl']);
if (missing.length > 0) {
	console.error(`These programs are missing and could not be installed: ${missing.join(', ')}`);
	process.exit(1);
}
const root = mkdtempSync(join(tmpdir(), 'minitwit-drill-'));
giveToOwner(root);
const parts: Part[] = [];
const ends = new AsyncDisposableStack();
try {
	const site = await startSite(root, ends);
	for (const drill of [drillRestore, drillFailover, drillMove]) parts.push(await drill(site));
} finally {
	await ends.disposeAsync();
	console.log(renderReport(parts));
	rmSync(root, { recursive: true, force: true });
}
process.exitCode = parts.some((part) => findFaults(part).length > 0) ? 1 : 0;
