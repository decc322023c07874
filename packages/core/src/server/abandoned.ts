import type { IncomingMessage, ServerResponse } from "node:http";
import { setTimeout as pause } from "node:timers/promises";
import { hasAnswerEnded, keepAnswerEnd } from "../exchange/over.ts";

/** Some handlers stop without a word when their client goes, as a long poll does: none is waited for longer. */
const MOST_MS = 5_000;
const LOOK_MS = 10;

/**
 * Requests that came whole, and whose clients have gone before their answers had begun, such as by a timeout of their own or of
 * a proxy. Their handlers go on, and store what they were asked to. That one is through shows by the end of the answer,
 * which nobody gets.
 */
export interface Abandoned {
	add(response: ServerResponse): void;
	/** Those whose handlers may still be at work. */
	requests(): IncomingMessage[];
	/** Resolves once all are through, or when the time is over. */
	through(limitMs: number): Promise<void>;
}

interface Gone {
	/** Where nobody holds it any more, nobody works at it. */
	readonly reference: WeakRef<ServerResponse>;
	readonly atMs: number;
}

/** `onGiveUp` hears of each that was waited for in vain. */
export function trackAbandoned(onGiveUp: (request: IncomingMessage) => void): Abandoned {
	/** In the order in which they went. */
	const gone = new Set<Gone>();

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
			if (response.headersSent || !isWhole(response.req)) return;
			keepAnswerEnd(response);
			gone.add({ reference: new WeakRef(response), atMs: performance.now() });
			forget();
		},
		requests: () => atWork().map(({ req }) => req),
		async through(limitMs) {
			const untilMs = performance.now() + Math.min(limitMs, MOST_MS);
			let left = atWork();
			while (left.length > 0 && performance.now() < untilMs) {
				await pause(LOOK_MS);
				left = left.filter(isAtWork);
			}
			gone.clear();
			for (const { req } of left) onGiveUp(req);
		},
	};
}

function isAtWork(response: ServerResponse | undefined): response is ServerResponse {
	return response !== undefined && !hasAnswerEnded(response);
}

/** Over HTTP/2 Node calls each complete whose stream has ended. */
function isWhole(request: IncomingMessage & { stream?: { readonly endAfterHeaders?: boolean } }): boolean {
	if (request.httpVersionMajor < 2) return request.complete;
	return request.stream?.endAfterHeaders === true || request.readableEnded;
}
