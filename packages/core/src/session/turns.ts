import { AsyncResource } from "node:async_hooks";
import { isOutage, outageError } from "./outage.ts";
import type { StoreCallback } from "./store.ts";

/** Asks the store for something, within the time that is left where that is said. */
export type Go = (over: StoreCallback, leftMs?: number) => void;

/** What is sent to the store about one session, one after the other. */
export interface Turns {
	/** Goes on at once, or behind what has come before. */
	take(id: string, go: Go, end: StoreCallback): void;
	/** Whether somebody has his turn. */
	isTaken(id: string): boolean;
}

interface Queue {
	readonly waiting: { readonly askedMs: number; go(leftMs: number): void; fail(): void }[];
	/** When the store has last answered here. */
	answeredMs: number;
}

/**
 * Most stores read a session to extend it and write it back, and one that cannot look and write at once is read before it is
 * written: what came in between would be lost, or would come back to life.
 *
 * As long as the store answers, everybody waits for his turn. The time that passes without an answer is the time of all who wait:
 * at a store that hangs they are over together, and what is over is not sent any more.
 */
export function createTurns(timeoutMs: number, nowMs: () => number = () => performance.now()): Turns {
	const queues = new Map<string, Queue>();

	function pass(id: string, queue: Queue, isAnswered: boolean): void {
		if (isAnswered) queue.answeredMs = nowMs();
		if (queue.waiting.length === 0) queues.delete(id);
		// Not from within: a store may call back at once, and as deep as many wait no stack is.
		else queueMicrotask(() => next(queue));
	}

	function next({ waiting, answeredMs }: Queue): void {
		const { askedMs, go, fail } = waiting.shift()!;
		const leftMs = timeoutMs - (nowMs() - Math.max(askedMs, answeredMs));
		if (leftMs > 0) go(leftMs);
		else fail();
	}

	return {
		isTaken: (id) => queues.has(id),
		take(id, go, end) {
			const queue = queues.get(id) ?? { waiting: [], answeredMs: 0 };
			const over: StoreCallback = (error, result) => {
				try {
					end(error, result);
				} finally {
					// Whatever is thrown by who hears the end, the next one has his turn.
					pass(id, queue, !isOutage(error));
				}
			};
			if (!queues.has(id)) {
				queues.set(id, queue);
				go(over);
				return;
			}
			queue.waiting.push({
				askedMs: nowMs(),
				go: AsyncResource.bind((leftMs: number) => go(over, leftMs)),
				fail: AsyncResource.bind(() => over(outageError())),
			});
		},
	};
}

/** Of a store that does each of its calls in one step, in the order in which they come, and ends them in time. */
export const AT_ONCE: Turns = { isTaken: () => false, take: (_id, go, end) => go(end) };
