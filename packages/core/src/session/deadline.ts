import { AsyncResource } from "node:async_hooks";
import { startClock } from "../own-time.ts";
import type { StoreCallback } from "./store.ts";

/** What a call that took too long ended with. */
export const TIMED_OUT: unique symbol = Symbol("timed out");

/**
 * Makes a call and hears its end once: by its callback, by what it throws, by a promise that is rejected, or by the
 * deadline. What comes later is nobody's any more. What is thrown by who hears the end is none of the store's, and goes where it
 * would have gone without us.
 */
export function callWithin(
	timeoutMs: number | undefined,
	call: (done: StoreCallback) => unknown,
	end: StoreCallback,
): void {
	// A driver calls back from its own socket: what comes after still belongs to the request that has asked.
	const here = new AsyncResource("SESSION_STORE");
	let isOver = false;
	let stopClock: (() => void) | undefined;
	let thrown: { readonly error: unknown } | undefined;
	const done: StoreCallback = (error, result) => {
		if (isOver) {
			// Some stores call back within a `try`, and once more with what was thrown there.
			if (error !== undefined && thrown?.error === error) raise(error);
			return;
		}
		isOver = true;
		stopClock?.();
		try {
			here.runInAsyncScope(end, undefined, error, result);
		} catch (error) {
			thrown = { error };
			throw error;
		}
	};
	try {
		const returned = call(done);
		if (returned instanceof Promise) returned.catch(done);
	} catch (error) {
		if (thrown?.error === error) throw error;
		done(error);
	}
	if (isOver || timeoutMs === undefined) return;
	stopClock = startClock(timeoutMs, () => done(TIMED_OUT), { isHeld: false });
}

/** Where nobody is there who could catch it. */
function raise(error: unknown): void {
	queueMicrotask(() => {
		throw error;
	});
}
