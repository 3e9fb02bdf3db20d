import { defineCommand } from '../program/define-command.ts';
import {
	durationOption,
	fileOption,
	numberOption,
	optionalNumber,
	speedOption,
	urlOption
} from '../program/option-values.ts';

export const simulateCommand = defineCommand({
	name: 'simulate',
	summary: 'Replays a simulator log against the API, or compares the API with it',
	details:
		'The exit status is 1 after any error or difference. The credentials are those of the configuration. A user whom ' +
		'the log registers and the API does not know is named as absent: the registration was missed (import ' +
		'--from-scenario makes up for it), or the account was closed since.',
	options: {
		url: urlOption('url', 'the API; default: this machine, port API_PORT'),
		scenario: fileOption('a simulator log; default: a generated one'),
		limit: optionalNumber('limit', 'replay so many actions; default for a generated log: 1000', 1),
		offset: numberOption('offset', 'skip so many actions first', 0, 0),
		parallel: numberOption('parallel', 'concurrent clients; the actions of each user stay in order', 1, 1, 1_000),
		speed: speedOption,
		timeout: durationOption('timeout', 'time-out of a request, such as 300ms or 2s', '300ms'),
		seed: numberOption('seed', 'seed of a generated log', 1, 0),
		users: optionalNumber('users', 'users in a generated log; default: one per 40 actions', 1),
		write: fileOption('write the log to this file and send nothing'),
		verify: {
			describe: 'send no actions; compare the state of the API with the state expected after the log',
			type: 'boolean',
			default: false
		}
	},
	examples: [
		['simulate --url http://127.0.0.1:5001', 'plays 1000 generated actions'],
		['simulate --scenario minitwit_scenario.csv --verify', 'compares the state with a log that was played']
	],
	async run(args) {
		return (await import('../simulator/simulate.ts')).simulate(args);
	}
});
