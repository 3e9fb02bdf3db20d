import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { changes, deployedSwarm, type SwarmStandIn } from './swarm-stand-in.ts';

const rotate = (swarm: SwarmStandIn, value: string) => swarm.run('rotate-secret.sh', ['simulator_password'], {}, value);

async function swarmWithSecrets(): Promise<SwarmStandIn> {
	const swarm = await deployedSwarm();
	swarm.write('state/services/minitwit_web/secrets', 'database_url\nsimulator_password\n');
	swarm.write('state/services/minitwit_api/secrets', 'simulator_password\n');
	return swarm;
}

/** The API's value, its secrets, the secret's value, and whether no temporary secret is left. */
const outcomeOf = (swarm: SwarmStandIn) => ({
	given: swarm.read('state/services/minitwit_api/simulator_password'),
	uses: swarm.read('state/services/minitwit_api/secrets'),
	value: swarm.read('state/secrets/simulator_password'),
	isClean: !existsSync(join(swarm.folder, 'state/secrets/simulator_password_next'))
});
const done = (value: string) => ({ given: value, uses: 'simulator_password', value, isClean: true });

test('a secret is replaced in each service that uses it, and keeps its name', async () => {
	const swarm = await swarmWithSecrets();
	const { code, calls } = await rotate(swarm, 'n3w');
	expect(code).toBe(0);
	expect(outcomeOf(swarm)).toEqual(done('n3w'));
	expect(swarm.read('state/services/minitwit_web/secrets')).toBe('database_url\nsimulator_password');
	expect(changes(calls).filter((call) => call.includes('service update'))).toHaveLength(4);
	// The value is passed only on standard input.
	expect(calls.join()).not.toContain('n3w');
});

test('a value with which a service does not become healthy changes nothing else, and a valid one can follow', async () => {
	const swarm = await swarmWithSecrets();
	swarm.write('state/services/minitwit_api/refuses', '');
	const { code, output } = await rotate(swarm, 'wr0ng');
	expect(code).not.toBe(0);
	expect(output).toContain('Not every service accepted the value');
	expect(swarm.read('state/secrets/simulator_password')).toBe('pa55');

	swarm.write('state/services/minitwit_api/state', 'completed\n');
	rmSync(join(swarm.folder, 'state/services/minitwit_api/refuses'));
	expect((await rotate(swarm, 'right')).code).toBe(0);
	expect(outcomeOf(swarm)).toEqual(done('right'));
});

test('an empty value or an unknown secret is reported and changes nothing', async () => {
	const swarm = await swarmWithSecrets();
	expect((await rotate(swarm, '')).output).toContain('Standard input is empty');
	const { output, calls } = await swarm.run('rotate-secret.sh', ['no_such'], {}, 'x');
	expect(output).toContain('The swarm has no secret no_such');
	expect(changes(calls)).toEqual([]);
});
