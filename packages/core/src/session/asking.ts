import type { Logger } from "../log/logger.ts";
import { callWithin } from "./deadline.ts";
import { isOutage, outageError, UNHEARD, watchOutages } from "./outage.ts";
import type { InnerStore, StoreCallback, StoredSession } from "./store.ts";
import { isAbsent } from "./store-knowledge.ts";

/** One call to a store. An error is an outage, whatever the driver says, unless it is about the one session. */
export type Ask = (
	id: string,
	call: (done: StoreCallback) => unknown,
	end: StoreCallback,
	isOfSession?: (error: unknown) => boolean,
	/** What is left of its time. */
	leftMs?: number,
) => void;

export function createAsk(inner: InnerStore, storeTimeoutMs: number, log: () => Logger): Ask {
	const timeoutMs = inner.isGuarded ? undefined : storeTimeoutMs;
	const outages = timeoutMs === undefined ? UNHEARD : watchOutages(log, timeoutMs);
	return (id, call, end, isOfSession, leftMs = timeoutMs) => {
		const hear: StoreCallback = (error, result) => {
			if (error === undefined || error === null || isOfSession?.(error)) {
				outages.end();
				end(error, result);
			} else {
				outages.begin(error, id);
				end(outageError());
			}
		};
		// What ends its calls in time by itself calls back once, where it was called from.
		if (inner.isGuarded) call(hear);
		else callWithin(leftMs, call, hear);
	};
}

/** Where the store cannot look and write at once, it is read again: a gap of one call remains. */
export function writeOver(
	ask: Ask,
	inner: InnerStore,
	id: string,
	stored: StoredSession,
	mustExist: boolean,
	end: StoreCallback,
	leftMs?: number,
): void {
	const put = (done: StoreCallback): unknown => inner.set(id, stored, done, { mustExist });
	if (!mustExist || inner.heedsMustExist) {
		const heard: StoreCallback = (error, isKept) => end(error, inner.heedsMustExist ? isKept : true);
		ask(id, put, heard, undefined, leftMs);
		return;
	}
	ask(
		id,
		(done) => inner.get(id, done),
		(error, value) => {
			if (isOutage(error)) end(error);
			else if (error || value === undefined || value === null) end(undefined, false);
			else ask(id, put, (failure) => end(failure, true));
		},
		isAbsent,
		leftMs,
	);
}
