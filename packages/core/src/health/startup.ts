import { setTimeout as pause } from "node:timers/promises";
import type { CheckResult } from "../exchange/room.ts";

/** Brings up what the process needs before it may serve: throws or rejects for "not yet". */
export type StartupTask = (signal: AbortSignal) => unknown;

export interface StartupTaskOptions {
	/** From the first attempt until it is given up, and the process ends with 1. */
	timeoutMs?: number;
	/** How long one attempt may take. */
	attemptTimeoutMs?: number;
}

export const STARTUP_DEFAULTS: Readonly<Required<StartupTaskOptions>> = Object.freeze({
	timeoutMs: 60_000,
	attemptTimeoutMs: 5_000,
});

/** Between two attempts, doubled each time, and shortened by chance: instances that start together ask apart. */
const BACKOFF_MS = { first: 100, longest: 5_000 };

export interface StartupParts {
	/** Hears of an attempt that failed, and of how long the next one waits. */
	readonly onRetry: (name: string, error: unknown, waitMs: number) => void;
	/** Hears of a task whose time is up. */
	readonly onFailure: (name: string, error: unknown) => void;
	/** Hears when the last task that was open is done. */
	readonly onDone: () => void;
}

/** What must have worked once before the process is started and ready. */
export interface Startup {
	/** Begins at once. Rejects when it is given up, or when the process ends before. */
	add(name: string, task: StartupTask, options?: StartupTaskOptions): Promise<void>;
	/** What is not done yet, in the words of a readiness check. */
	pending(): readonly CheckResult[];
	/** Gives all of them up. */
	stop(): void;
}

export function createStartup(parts: StartupParts): Startup {
	const open = new Set<string>();
	const stopping = new AbortController();

	async function attempt(task: StartupTask, timeoutMs: number): Promise<void> {
		const late = new AbortController();
		// It holds the process, as `AbortSignal.timeout` would not: often there is nothing else yet that does.
		const timer = setTimeout(() => late.abort(new Error(`no answer within ${timeoutMs} ms`)), timeoutMs);
		const signal = AbortSignal.any([stopping.signal, late.signal]);
		// One that does not listen to the signal is not waited for either.
		const isLate = new Promise<never>((_resolve, reject) => {
			signal.addEventListener("abort", () => reject(signal.reason), { once: true });
		});
		try {
			await Promise.race([Promise.resolve().then(() => task(signal)), isLate]);
		} finally {
			clearTimeout(timer);
		}
	}

	async function run(name: string, task: StartupTask, options: Required<StartupTaskOptions>): Promise<void> {
		const endAtMs = performance.now() + options.timeoutMs;
		for (let tries = 0; ; tries++) {
			const leftMs = endAtMs - performance.now();
			try {
				return await attempt(task, Math.ceil(Math.max(1, Math.min(options.attemptTimeoutMs, leftMs))));
			} catch (error) {
				const longestMs = Math.min(BACKOFF_MS.first * 2 ** tries, BACKOFF_MS.longest);
				const waitMs = Math.round(longestMs * (1 + Math.random())) / 2;
				if (stopping.signal.aborted || performance.now() + waitMs >= endAtMs) throw error;
				parts.onRetry(name, error, waitMs);
				await pause(waitMs, undefined, { signal: stopping.signal });
			}
		}
	}

	return {
		async add(name, task, options = {}) {
			open.add(name);
			try {
				await run(name, task, { ...STARTUP_DEFAULTS, ...options });
				open.delete(name);
				if (open.size === 0) parts.onDone();
			} catch (error) {
				if (!stopping.signal.aborted) parts.onFailure(name, error);
				throw error;
			}
		},
		pending: () => [...open].map((name) => ({ name, status: "failed", isCritical: true })),
		stop: () => stopping.abort(new Error("the process is shutting down")),
	};
}
