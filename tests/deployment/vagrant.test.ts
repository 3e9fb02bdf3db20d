import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';

const PROGRAMS = [
	'apt-get',
	'apt-cache',
	'apt-mark',
	'curl',
	'dpkg',
	'gpg',
	'ip',
	'sysctl',
	'systemctl',
	'ufw',
	'usermod'
];
const DOCKERS_KEY = '9DC858229FC7DD38854AE2D88D81803C0EBFCD88';
const BEFORE = '# rules of the distribution\n*filter\nCOMMIT\n';
const NETWORK = '10.135.0.0/16';

/** A simulated host with its own /etc. */
function makeHost() {
	const folder = mkdtempSync(join(tmpdir(), 'minitwit-host-'));
	onTestFinished(() => rmSync(folder, { recursive: true }));
	for (const name of ['bin', 'etc/ufw']) mkdirSync(join(folder, name), { recursive: true });
	for (const name of PROGRAMS)
		symlinkSync(resolve('tests/deployment/stand-ins/host-program'), join(folder, 'bin', name));
	writeFileSync(join(folder, 'etc/ufw/after.rules'), BEFORE);
	writeFileSync(join(folder, 'key'), DOCKERS_KEY);
	const read = (file: string) => readFileSync(join(folder, file), 'utf8');
	return {
		folder,
		read,
		/** Runs a script of deployment/vagrant as root would; returns its output and the commands that it ran. */
		run(script: string, settings: Record<string, string>) {
			writeFileSync(join(folder, 'calls'), '');
			const paths = { PATH: `${join(folder, 'bin')}:/usr/bin:/bin`, STAND_IN: folder };
			const env = { ...paths, ETC: join(folder, 'etc'), UFW: join(folder, 'etc/ufw'), ...settings };
			const { status, stderr } = spawnSync(`deployment/vagrant/${script}`, { env, encoding: 'utf8' });
			return { status, stderr, calls: read('calls').trim().split('\n') };
		}
	};
}

/** The rules of ufw, without the prefix `ufw allow proto`. */
const allowed = (calls: string[]) =>
	calls.filter((call) => call.startsWith('ufw allow proto ')).map((call) => call.slice('ufw allow proto '.length));

const SSH = ['tcp from 198.51.100.7 to any port 22', 'tcp from 192.0.2.0/24 to any port 22'];
const SWARM = [
	`tcp from ${NETWORK} to any port 7946`,
	`udp from ${NETWORK} to any port 7946`,
	`udp from ${NETWORK} to any port 4789`,
	`esp from ${NETWORK}`
];
const SITE = ['tcp from any to any port 80,443', 'udp from any to any port 443'];

test.each([
	['manager', [...SITE, `tcp from ${NETWORK} to any port 2377`, ...SWARM]],
	['worker', SWARM],
	['database', [`tcp from ${NETWORK} to any port 5432,6432,9100`]],
	['logging', [`tcp from ${NETWORK} to any port 9200,9100`]]
])('the firewall of a %s allows only its own ports, and SSH from the given addresses', (role, expected) => {
	const host = makeHost();
	const settings = { ROLE: role, PRIVATE_NETWORK: NETWORK, SSH_FROM: '198.51.100.7,192.0.2.0/24' };
	const { status, calls } = host.run('firewall.sh', settings);
	expect(status).toBe(0);
	expect(allowed(calls)).toEqual([...SSH, ...expected]);
	expect(calls).toContain('ufw default deny incoming');
	expect(calls).toContain('ufw --force enable');

	const chain = host.read('etc/ufw/after.rules');
	const open = [...chain.matchAll(/-i eth0 -p (\w+) -m conntrack --ctorigdstport (\d+) -j RETURN/g)];
	expect(open.map(([, ...parts]) => parts.join(''))).toEqual(role === 'manager' ? ['tcp80', 'tcp443', 'udp443'] : []);
	expect(chain).toContain('-A DOCKER-USER -i eth0 -j DROP\nCOMMIT');
});

test('a second run of the firewall changes no files; an address that was removed is blocked', () => {
	const host = makeHost();
	const settings = { ROLE: 'worker', PRIVATE_NETWORK: NETWORK, SSH_FROM: '198.51.100.7,192.0.2.0/24' };
	host.run('firewall.sh', settings);
	const before = host.read('etc/ufw/after.rules');
	const again = host.run('firewall.sh', settings);
	expect(host.read('etc/ufw/after.rules')).toBe(before);
	expect(before.startsWith(BEFORE)).toBe(true);
	expect(again.calls.filter((call) => /delete|reload/.test(call))).toEqual([]);

	const fewer = host.run('firewall.sh', { ...settings, SSH_FROM: '198.51.100.7' });
	expect(fewer.calls.filter((call) => call.includes('delete'))).toEqual([`ufw delete allow proto ${SSH[1]}`]);
});

test('the firewall changes nothing if a setting is missing', () => {
	const host = makeHost();
	const unset = host.run('firewall.sh', { ROLE: 'worker', PRIVATE_NETWORK: NETWORK });
	const wrong = host.run('firewall.sh', { ROLE: 'king', PRIVATE_NETWORK: NETWORK, SSH_FROM: '192.0.2.1' });
	expect([unset.status, unset.stderr, unset.calls]).toEqual([1, 'firewall.sh: SSH_FROM is not set.\n', ['']]);
	expect([wrong.status, wrong.stderr, wrong.calls]).toEqual([1, expect.stringContaining("ROLE is 'king'"), ['']]);
});

test('a host gets a pinned version of Docker Engine, automatic updates, and SSH without passwords', () => {
	const host = makeHost();
	const { status, calls, stderr } = host.run('host.sh', { ROLE: 'logging', DOCKER_VERSION: '28.2.2' });
	expect([status, stderr]).toEqual([0, '']);
	const version = '5:28.2.2-1~debian.12~bookworm';
	expect(calls).toContainEqual(expect.stringContaining(`docker-ce=${version} docker-ce-cli=${version}`));
	expect(calls).toContain('apt-mark hold docker-ce docker-ce-cli containerd.io');
	expect(calls.at(-2)).toBe('systemctl reload ssh');
	expect(host.read('etc/apt/sources.list.d/docker.list')).toMatch(
		/^deb \[arch=amd64 signed-by=\S+docker.asc\] https:.* \w+ stable\n$/
	);
	expect(JSON.parse(host.read('etc/docker/daemon.json'))).toMatchObject({
		'log-driver': 'json-file',
		'no-new-privileges': true
	});
	expect(host.read('etc/apt/apt.conf.d/20auto-upgrades')).toContain('Unattended-Upgrade "1"');
	expect(host.read('etc/ssh/sshd_config.d/10-minitwit.conf')).toMatch(/^PasswordAuthentication no\n/);
	expect(host.read('etc/sysctl.d/60-elasticsearch.conf')).toBe('vm.max_map_count = 262144\n');
});

test('a wrong key or an unknown version stops before anything is installed', () => {
	const host = makeHost();
	const missing = host.run('host.sh', { ROLE: 'worker', DOCKER_VERSION: '9.9.9' });
	expect([missing.status, missing.stderr]).toEqual([1, 'host.sh: There is no Docker Engine 9.9.9 for this Debian.\n']);
	writeFileSync(join(host.folder, 'key'), 'DEADBEEF');
	const forged = host.run('host.sh', { ROLE: 'worker', DOCKER_VERSION: '28.2.2' });
	expect([forged.status, forged.stderr]).toEqual([1, expect.stringContaining("Docker's key is DEADBEEF")]);
	for (const { calls } of [missing, forged]) expect(calls.filter((call) => call.includes('docker-ce='))).toEqual([]);
});
