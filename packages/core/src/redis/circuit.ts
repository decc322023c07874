import { startClock } from "../own-time.ts";

/** Up: calls are sent. Away: they are refused at once. Connecting: the first ones wait, as long as any call may. */
export type CircuitState = "connecting" | "up" | "away";

export interface CircuitParts {
	/** How long a call may wait for its answer. */
	readonly budgetMs: number;
	/** Resolves once there is an answer that is no error; `key` is the one that went unanswered last. */
	readonly probe: (key: string) => Promise<unknown>;
	/** Begins anew where nothing at all is heard: what the network has swallowed does not come back. */
	readonly reconnect: () => void;
	/** One word for an error of a call; nothing where it is an answer all the same. */
	readonly reasonOf: (error: unknown) => string | undefined;
	readonly onAway: (reason: string) => void;
	/** After how long, where it was away before. */
	readonly onUp: (awayMs: number | undefined) => void;
	readonly nowMs?: () => number;
}

export interface Circuit {
	state(): CircuitState;
	/** Sends a call, unless Redis is away. Rejects within the budget. */
	call<T>(key: string, send: () => Promise<T>): Promise<T>;
	/** Asks now whether it is back, and not only at the next turn: a connection was made. */
	look(): void;
	/** It is known to be away: a connection has failed. */
	away(reason: string): void;
	stop(): void;
}

/** Between two probes, by chance a little more: instances that lost Redis together ask apart. */
const PROBE_MS = { least: 200, spread: 100 };
/** Nothing heard for so long means a connection that is dead, and not a Redis that is slow. */
const SILENCE_MS = 800;

export function createCircuit(parts: CircuitParts): Circuit {
	const { nowMs = () => performance.now() } = parts;
	let state: CircuitState = "connecting";
	let reason = "";
	let awaySinceMs = 0;
	let lastHeardMs = nowMs();
	let probeKey = "";
	let timer: NodeJS.Timeout | undefined;
	let isProbing = false;
	let isStopped = false;
	const waiting = new Set<() => void>();

	function settle(next: CircuitState): void {
		state = next;
		for (const go of waiting) go();
		waiting.clear();
	}

	function away(why: string): void {
		if (state === "away" || isStopped) return;
		reason = why;
		awaySinceMs = nowMs();
		heard();
		settle("away");
		parts.onAway(why);
		plan();
	}

	function up(): void {
		if (state === "up" || isStopped) return;
		const wasAway = state === "away";
		settle("up");
		clearTimeout(timer);
		parts.onUp(wasAway ? Math.round(nowMs() - awaySinceMs) : undefined);
	}

	function plan(): void {
		clearTimeout(timer);
		if (isStopped) return;
		timer = setTimeout(look, PROBE_MS.least + Math.random() * PROBE_MS.spread).unref();
	}

	function look(): void {
		if (state === "up" || isProbing || isStopped) return;
		if (state === "away" && nowMs() - lastHeardMs > SILENCE_MS) {
			heard();
			parts.reconnect();
		}
		isProbing = true;
		within(parts.probe(probeKey), heard)
			.then(up, () => {
				if (state === "away") plan();
			})
			.finally(() => {
				isProbing = false;
			});
	}

	function heard(): void {
		lastHeardMs = nowMs();
	}

	/** Waits no longer than the budget; an answer that comes later still shows that somebody is there. */
	function within<T>(answer: Promise<T>, onSettled: () => void): Promise<T> {
		return new Promise((resolve, reject) => {
			const stopClock = startClock(parts.budgetMs, () => reject(LATE), { nowMs });
			const settled = (): void => {
				stopClock();
				onSettled();
			};
			answer.then(
				(value) => {
					settled();
					resolve(value);
				},
				(error: unknown) => {
					stopClock();
					if (parts.reasonOf(error) === undefined) onSettled();
					reject(error);
				},
			);
		});
	}

	function guard<T>(key: string, send: () => Promise<T>): Promise<T> {
		return within(begun(send), heard).catch((error: unknown) => {
			const why = error === LATE ? "timeout" : parts.reasonOf(error);
			if (why === undefined) throw error;
			probeKey = key;
			away(why);
			throw outage(why);
		});
	}

	/** Until it is known whether Redis is there, and no longer than any call may wait. */
	function known(): Promise<void> {
		return new Promise((resolve) => {
			const go = (): void => {
				stopClock();
				resolve();
			};
			const stopClock = startClock(parts.budgetMs, () => {
				if (state === "connecting") away("timeout");
			});
			waiting.add(go);
		});
	}

	return {
		state: () => state,
		call(key, send) {
			if (state === "up") return guard(key, send);
			if (state === "away") return Promise.reject(outage(reason));
			return known().then(() => (state === "up" ? guard(key, send) : Promise.reject(outage(reason))));
		},
		look,
		away,
		stop() {
			isStopped = true;
			clearTimeout(timer);
			settle("away");
		},
	};
}

const LATE = Symbol("late");

/** A client of the program's may throw at once. */
function begun<T>(send: () => Promise<T>): Promise<T> {
	try {
		return send();
	} catch (error) {
		return Promise.reject(error);
	}
}

function outage(reason: string): Error {
	return new Error(`redis is away: ${reason}`);
}
