import type { Logger } from "../log/logger.ts";
import { callWithin } from "./deadline.ts";
import { outageError, UNHEARD, watchOutages } from "./outage.ts";
import type { InnerStore, StoreCallback, StoredSession } from "./store.ts";
import { isAbsent } from "./store-knowledge.ts";

/** One call to a store. An error is an outage, whatever the driver says, unless it is about the one session. */
export type Ask = (
	id: string,
	call: (done: StoreCallback) => unknown,
	end: StoreCallback,
	isOfSession?: (error: unknown) => boolean,
) => void;

export function createAsk(inner: InnerStore, storeTimeoutMs: number, log: () => Logger): Ask {
	const timeoutMs = inner.isGuarded ? undefined : storeTimeoutMs;
	const outages = timeoutMs === undefined ? UNHEARD : watchOutages(log, timeoutMs);
	return (id, call, end, isOfSession) => {
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
		else callWithin(timeoutMs, call, hear);
	};
}

/** Where the store cannot look and write at once, it is read again: a gap of one call remains. */
export function writeOver(
	inner: InnerStore,
	id: string,
	stored: StoredSession,
	mustExist: boolean,
	done: StoreCallback,
	isOver: () => boolean,
): unknown {
	if (inner.heedsMustExist) return inner.set(id, stored, done, { mustExist });
	const put = (heard: StoreCallback): unknown => inner.set(id, stored, heard, { mustExist });
	if (!mustExist) return put((error) => done(error, true));
	callWithin(
		undefined,
		(heard) => inner.get(id, heard),
		(error, value) => {
			if (isOver()) return;
			if (error && !isAbsent(error)) done(error);
			else if (error || value === undefined || value === null) done(undefined, false);
			else callWithin(undefined, put, (failure) => done(failure, true));
		},
	);
}
