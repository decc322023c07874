import { AsyncResource } from "node:async_hooks";
import type { Ask } from "./asking.ts";
import { callWithin } from "./deadline.ts";
import { isOutage } from "./outage.ts";
import type { InnerStore, StoreCallback } from "./store.ts";

/** What is sent to the store about one session, one after the other. */
export interface Turns {
	/**
	 * Asks at once, or behind what has come before. The time for it runs from here: however many wait before it at a store
	 * that hangs, it ends when its own time is over, and nothing more of it is sent from then on.
	 */
	take(
		id: string,
		call: (done: StoreCallback, isOver: () => boolean) => unknown,
		end: StoreCallback,
		isOfSession?: (error: unknown) => boolean,
	): void;
	/** Whether somebody has his turn. */
	isTaken(id: string): boolean;
}

type Go = (pass: () => void) => void;

const nobody = (): void => {};
const never = (): boolean => false;

/**
 * Most stores read a session to extend it and write it back, and one that cannot look and write at once is read before it is
 * written: what came in between would be lost, or would come back to life.
 */
export function createTurns(inner: InnerStore, ask: Ask): Turns {
	return inner.isGuarded ? createAtOnce(ask) : createQueues(ask);
}

/** Of a store that does each of its calls in one step, in the order in which they come, and ends them in time. */
function createAtOnce(ask: Ask): Turns {
	return {
		isTaken: never,
		take: (id, call, end, isOfSession) => ask(id, (done) => call(done, never), end, isOfSession),
	};
}

function createQueues(ask: Ask): Turns {
	const queues = new Map<string, Go[]>();

	function enter(id: string, go: Go): void {
		const queue = queues.get(id);
		if (queue !== undefined) {
			queue.push(AsyncResource.bind(go));
			return;
		}
		queues.set(id, []);
		run(id, go);
	}

	function run(id: string, go: Go): void {
		go(() => {
			const next = queues.get(id)!.shift();
			if (next === undefined) queues.delete(id);
			else run(id, next);
		});
	}

	return {
		isTaken: (id) => queues.has(id),
		take(id, call, end, isOfSession) {
			let isOver = false;
			let pass = nobody;
			const go = (done: StoreCallback, over: () => void): void => {
				if (isOver) {
					over();
					return;
				}
				pass = over;
				callWithin(undefined, (heard) => call(heard, () => isOver), done);
			};
			ask(
				id,
				(done) => enter(id, (over) => go(done, over)),
				(error, result) => {
					isOver = true;
					try {
						end(error, result);
					} finally {
						// Whatever is thrown by who hears the end, the next one has his turn; where the store hangs, only
						// when it is known whose time is over as well.
						if (isOutage(error)) setImmediate(pass);
						else pass();
					}
				},
				isOfSession,
			);
		},
	};
}
