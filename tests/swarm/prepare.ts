import { type Machine, MACHINES, on, script } from './lab.ts';
import { CRASHING, FIRST_RELEASE, SECOND_RELEASE, makeVariants } from './releases.ts';

/** Brings up the machines, the database and the images. `step` runs and reports one step. */
export async function prepareLab(step: (name: string, run: () => Promise<unknown>) => Promise<void>): Promise<void> {
	await step('disks', () => script('disks.sh', process.env.CACHE ?? ''));
	await step('networks and settings', async () => {
		await script('network.sh');
		await script('configure.sh');
	});
	await step('builder and registry', () => script('builder.sh', 'start'));
	await step('base images', () => script('builder.sh', 'base'));
	await step('what engines begin with', () => script('builder.sh', 'seed'));
	await Promise.all([
		step('machines and database', async () => {
			await Promise.all((Object.keys(MACHINES) as Machine[]).filter((name) => name !== 'one').map(createMachine));
			await script('database.sh');
		}),
		step(`images of ${FIRST_RELEASE}, ${SECOND_RELEASE} and ${CRASHING}`, async () => {
			await script('builder.sh', 'release', FIRST_RELEASE);
			await makeVariants();
		})
	]);
}

/** Gives a machine its disk, with the images that its engine begins with, and starts it. */
export async function createMachine(name: Machine): Promise<void> {
	if (name !== 'op') await script('plant.sh', name);
	await startMachine(name);
}

/** Starts a machine with its disk as it was, its SSH server and, except for the operator, its engine. */
export async function startMachine(name: Machine): Promise<void> {
	await script('machine.sh', 'start', name, String(MACHINES[name]));
	await on(name, 'ssh-keygen -q -A; /usr/sbin/sshd');
	if (name !== 'op') await on(name, 'engine start');
}
