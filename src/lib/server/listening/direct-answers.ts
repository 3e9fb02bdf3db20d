import type { IncomingMessage, ServerResponse } from 'node:http';

/**
 * Answers a request and resolves to true; resolves to false or returns null, without having touched the response, if
 * the application must answer it.
 */
export type DirectAnswer = (request: IncomingMessage, response: ServerResponse) => Promise<boolean> | null;

/*
 * What the application gives to its HTTP server so that some requests need not pass through the framework. The
 * application's build has its own copy of the modules, so the two share the function through the global object.
 */
const KEY = Symbol.for('minitwit.direct-answer');
const shared = globalThis as { [KEY]?: DirectAnswer };

/** Makes the server ask `answer` first. */
export function provideDirectAnswer(answer: DirectAnswer): void {
	shared[KEY] = answer;
}

/** As `DirectAnswer`, by the application that runs in this process, if it has one. */
export const answerDirectly: DirectAnswer = (request, response) => shared[KEY]?.(request, response) ?? null;
