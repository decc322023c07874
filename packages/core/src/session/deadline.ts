import { AsyncResource } from "node:async_hooks";
import type { StoreCallback } from "./store.ts";

/** What a call that took too long ended with. */
export const TIMED_OUT: unique symbol = Symbol("timed out");

/**
 * Makes a call and hears its end once: by its callback, by what it throws, by a promise that is rejected, or by the
 * deadline. What comes later is nobody's any more.
 */
export function callWithin(
	timeoutMs: number | undefined,
	call: (done: StoreCallback) => unknown,
	end: StoreCallback,
): void {
	// A driver calls back from its own socket: what comes after still belongs to the request that has asked.
	const here = new AsyncResource("SESSION_STORE");
	let isOver = false;
	let timer: NodeJS.Timeout | undefined;
	const done: StoreCallback = (error, result) => {
		if (isOver) return;
		isOver = true;
		clearTimeout(timer);
		here.runInAsyncScope(end, undefined, error, result);
	};
	try {
		const returned = call(done);
		if (returned instanceof Promise) returned.catch(done);
	} catch (error) {
		done(error);
	}
	if (isOver || timeoutMs === undefined) return;
	timer = setTimeout(done, timeoutMs, TIMED_OUT);
	timer.unref();
}
