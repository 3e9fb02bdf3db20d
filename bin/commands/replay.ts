import { defineCommand } from '../program/define-command.ts';
import { speedOption, urlOption } from '../program/option-values.ts';

const flag = (describe: string) => ({ describe, type: 'boolean', default: false }) as const;

export const replayCommand = defineCommand({
	name: 'replay',
	summary: 'Sends the requests of a log again and reports which answers differ',
	details:
		"The exit status is 1 if any answer has another status than the logged one. The simulator's credentials are " +
		"those of the configuration. The target's rate limits apply: raise them, or set TRUSTED_PROXIES=1 there to " +
		'count by the addresses in the log.',
	options: {
		log: {
			describe: 'a log of the web app, the API or both; can be repeated',
			type: 'string',
			array: true,
			demandOption: true,
			requiresArg: true
		},
		url: urlOption('url', "the web app that receives the web app's requests"),
		'api-url': urlOption('api-url', "the API that receives the API's requests"),
		password: {
			describe: 'replaces every redacted password',
			type: 'string',
			requiresArg: true,
			default: 'replayed horse battery'
		},
		speed: speedOption,
		'writes-only': flag('skip requests that only read'),
		failed: flag('also send requests that were answered with 429 or 5xx, and so not processed'),
		'any-host': flag('allow a target on another machine')
	},
	examples: [['replay --log web.log --url http://127.0.0.1:3000', 'repeats a log of the web app']],
	async run(args) {
		return (await import('../replay/replay.ts')).replay(args);
	}
});
