import type { IncomingMessage, ServerResponse } from "node:http";
import { setTimeout as pause, setImmediate as turn } from "node:timers/promises";
import { isAnswerReached, watchAnswer } from "../exchange/over.ts";

/** Some handlers stop without a word when their client goes, as a long poll does: none is waited for longer. */
const MOST_MS = 5_000;
const LOOK_MS = 10;

/**
 * Requests that came whole, and whose clients have gone before their answers had begun, such as by a timeout of their own or of
 * a proxy. Their handlers go on, and store what they were asked to. That one is through shows by the answer, which nobody
 * gets.
 */
export interface Abandoned {
	add(response: ServerResponse): void;
	/** Those whose handlers may still be at work. */
	requests(): IncomingMessage[];
	/** Resolves once all are through, or when the time is over, with those that are not. */
	through(limitMs: number): Promise<IncomingMessage[]>;
	/** From now on it is we who cut, and tell of whom. */
	destroy(): void;
}

interface Gone {
	/** Where nobody holds it any more, nobody works at it. */
	readonly reference: WeakRef<ServerResponse>;
	readonly atMs: number;
}

export function trackAbandoned(): Abandoned {
	/** In the order in which they went. */
	const gone = new Set<Gone>();
	let isDestroyed = false;

	/** From the first on, so that a flood of them costs as much for each as one. */
	function forget(): void {
		const sinceMs = performance.now() - MOST_MS;
		for (const one of gone) {
			if (one.atMs >= sinceMs && isAtWork(one.reference.deref())) return;
			gone.delete(one);
		}
	}

	const atWork = (): ServerResponse[] => {
		forget();
		return [...gone].map(({ reference }) => reference.deref()).filter(isAtWork);
	};

	return {
		add(response) {
			if (isDestroyed || isAnswerReached(response) || !isWhole(response.req) || isOwnAffair(response)) return;
			watchAnswer(response);
			gone.add({ reference: new WeakRef(response), atMs: performance.now() });
			forget();
		},
		requests: () => atWork().map(({ req }) => req),
		async through(limitMs) {
			// A server tells that it is closed, and Node closes the last of its connections behind the next turn.
			await turn();
			await turn();
			const untilMs = performance.now() + Math.min(limitMs, MOST_MS);
			let left = atWork();
			while (!isDestroyed && left.length > 0 && performance.now() < untilMs) {
				// Nothing of ours holds a process that has nothing else to do.
				await pause(LOOK_MS, undefined, { ref: false });
				left = left.filter(isAtWork);
			}
			gone.clear();
			return isDestroyed ? [] : left.map(({ req }) => req);
		},
		destroy() {
			isDestroyed = true;
		},
	};
}

function isAtWork(response: ServerResponse | undefined): response is ServerResponse {
	return response !== undefined && !isAnswerReached(response);
}

/** The program has cut it itself, or hears that its client goes: a long poll forgets it then. */
function isOwnAffair(response: ServerResponse): boolean {
	const { req: request } = response;
	if (request.listenerCount("close") + request.listenerCount("aborted") > 0) return true;
	// Over HTTP/2 a response is destroyed with its stream, whoever has done it.
	return request.httpVersionMajor < 2 && response.destroyed;
}

/** Over HTTP/2 Node calls each complete whose stream has ended. */
function isWhole(request: IncomingMessage & { stream?: { readonly endAfterHeaders?: boolean } }): boolean {
	if (request.httpVersionMajor < 2) return request.complete;
	return request.stream?.endAfterHeaders === true || request.readableEnded;
}
