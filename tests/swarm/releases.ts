import { script } from './lab.ts';

/* Releases. Only the first is built from the Dockerfile; the others differ from it as little as a test needs. */

export const FIRST_RELEASE = '1.0.0';
export const SECOND_RELEASE = '1.1.0';
/** Its web app and its API end right after their start. */
export const CRASHING = '1.2.0-crashing';

const REGISTRY = '10.77.0.1:5000/minitwit';

/** Builds and pushes the other releases. */
export async function makeVariants(): Promise<void> {
	const newVersion = `USER root\nRUN find build -name 'version.json*' -delete && echo -n '{"version":"${SECOND_RELEASE}"}' >build/client/_app/version.json\nUSER node`;
	await derive('web', SECOND_RELEASE, newVersion);
	for (const name of ['api', 'migrate']) await derive(name, SECOND_RELEASE, `LABEL version=${SECOND_RELEASE}`);
	for (const name of ['web', 'api']) await derive(name, CRASHING, 'CMD ["node", "--eval", "process.exit(1)"]');
	await derive('migrate', CRASHING, `LABEL version=${CRASHING}`);
}

async function derive(name: string, release: string, lines: string): Promise<void> {
	const dockerfile = `FROM ${REGISTRY}/${name}:${FIRST_RELEASE}\n${lines}\n`;
	await script('builder.sh', 'derive', `${REGISTRY}/${name}:${release}`, dockerfile);
}
