import type { IncomingMessage, ServerResponse } from "node:http";
import { drainSignal } from "../exchange/drain.ts";
import { whenOver } from "../exchange/over.ts";

/** What a hook may tell its client. */
export interface DrainNotice {
	/** When to come back, another figure for each: for the `retry:` of an event stream, or a message of your own. */
	readonly reconnectAfterMs: number;
}

/** Ends what would go on for ever: an event stream, a long poll, a subscription. */
export type DrainHook = (notice: DrainNotice) => unknown;

/** Between these two a client is asked to come back: when another instance has the traffic, and not all at once. */
const RECONNECT_MS = { min: 1_000, max: 5_000 };

/** The hooks that belong to no request. */
export interface DrainHooks {
	/** Returns the function that takes the hook away again. */
	add(hook: DrainHook): () => void;
	/** For each hook one that runs it. */
	all(): readonly (() => void)[];
	/** Runs any hook; what it throws or rejects costs nobody else anything. */
	run(hook: DrainHook): void;
}

export function createDrainHooks(onFailure: (error: unknown) => void): DrainHooks {
	const hooks = new Set<DrainHook>();

	async function attempt(hook: DrainHook): Promise<void> {
		const { min, max } = RECONNECT_MS;
		try {
			await hook({ reconnectAfterMs: Math.round(min + Math.random() * (max - min)) });
		} catch (error) {
			onFailure(error);
		}
	}

	const run = (hook: DrainHook): void => void attempt(hook);
	return {
		add(hook) {
			hooks.add(hook);
			return () => hooks.delete(hook);
		},
		all: () => [...hooks].map((hook) => () => run(hook)),
		run,
	};
}

/** For one request, until it is answered. Returns the function that takes the hook away again. */
export function onRequestDrain(
	request: IncomingMessage,
	response: ServerResponse,
	run: () => void,
): () => void {
	const signal = drainSignal(request);
	const forget = (): void => signal.removeEventListener("abort", run);
	if (signal.aborted) queueMicrotask(run);
	else signal.addEventListener("abort", run, { once: true });
	whenOver(response, forget);
	return forget;
}
