import { AsyncResource } from "node:async_hooks";

/** What is sent to the store about one session, one after the other. */
export interface Turns {
	/** Goes on at once, or behind what has come before; the next one goes on when `over` is called. */
	take(id: string, go: (over: () => void) => void): void;
	/** Whether somebody has his turn. */
	isTaken(id: string): boolean;
}

/**
 * Most stores read a session to extend it and write it back, and one that cannot look and write at once is read before it is
 * written: what came in between would be lost, or would come back to life.
 */
export function createTurns(): Turns {
	const queues = new Map<string, ((over: () => void) => void)[]>();

	function run(id: string, go: (over: () => void) => void): void {
		let isOver = false;
		go(() => {
			if (isOver) return;
			isOver = true;
			const next = queues.get(id)!.shift();
			if (next === undefined) queues.delete(id);
			else run(id, next);
		});
	}

	return {
		isTaken: (id) => queues.has(id),
		take(id, go) {
			const queue = queues.get(id);
			if (queue !== undefined) {
				queue.push(AsyncResource.bind(go));
				return;
			}
			queues.set(id, []);
			run(id, go);
		},
	};
}

const OVER = (): void => {};

/** Of a store that does each of its calls in one step, in the order in which they come. */
export const AT_ONCE: Turns = { isTaken: () => false, take: (_id, go) => go(OVER) };
