import type { Logger } from "../log/logger.ts";
import { say } from "../log/say.ts";

/** npm hands a Ctrl-C on to its child, which has had it from the terminal already. */
const ECHO_MS = 500;

export interface SignalParts {
	readonly signals: readonly NodeJS.Signals[];
	readonly log: () => Logger;
	readonly begin: (signal: NodeJS.Signals) => void;
	/** Ends the process within so long, the log's last lines included. */
	readonly leave: (code: () => number, withinMs: number, isForced: boolean) => void;
}

export interface SignalListener {
	/** Signals that somebody else in the process listens for too. */
	others(): readonly NodeJS.Signals[];
	uninstall(): void;
}

/** What a shell says of a Ctrl-C; and what still feels like at once, with a log that nobody reads. */
const FORCED = { exitCode: 130, withinMs: 1_000 };

/**
 * A first signal begins the shutdown. A repeated SIGTERM changes nothing: platforms send several. A second SIGINT is
 * somebody at a keyboard who will not wait: exit 130 at once.
 */
export function listenForSignals(parts: SignalParts): SignalListener {
	const seen = new Map<NodeJS.Signals, number>();

	function onSignal(signal: NodeJS.Signals): void {
		const isFirst = seen.size === 0;
		const lastAtMs = seen.get("SIGINT");
		const isEcho = lastAtMs !== undefined && performance.now() - lastAtMs < ECHO_MS;
		if (signal !== "SIGINT" || !isEcho) seen.set(signal, performance.now());
		if (isFirst) {
			parts.begin(signal);
		} else if (signal === "SIGINT" && !isEcho) {
			say(parts.log(), "warn", { signal }, "forced to exit by a second signal");
			parts.leave(() => FORCED.exitCode, FORCED.withinMs, true);
		} else {
			say(parts.log(), "info", { signal }, "signal ignored, the shutdown is under way");
		}
	}

	for (const signal of parts.signals) process.on(signal, onSignal);
	return {
		others: () =>
			parts.signals.filter((signal) => process.listeners(signal).some((heard) => heard !== onSignal)),
		uninstall() {
			for (const signal of parts.signals) process.off(signal, onSignal);
		},
	};
}
