import type { Logger } from "../log/logger.ts";
import { say } from "../log/say.ts";

/** One Ctrl-C comes twice: npm hands it on to its child, which has had it from the terminal already. */
const ECHO_MS = 500;

export interface SignalParts {
	readonly signals: readonly NodeJS.Signals[];
	/**
	 * Whether somebody answers a Ctrl-C with a SIGTERM for this process, as the primary of a cluster does. Which of two that
	 * wait for a processor comes first is chance, and then the terminal's own looks like somebody's at the keyboard.
	 */
	readonly isTold: () => boolean;
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
	let begunAtMs: number | undefined;
	/** Of the last Ctrl-C that was no echo. */
	let pressedAtMs: number | undefined;

	function onSignal(signal: NodeJS.Signals): void {
		const nowMs = performance.now();
		const isFirst = begunAtMs === undefined;
		const heardAtMs = pressedAtMs ?? (parts.isTold() ? begunAtMs : undefined);
		const isEcho = heardAtMs !== undefined && nowMs - heardAtMs < ECHO_MS;
		begunAtMs ??= nowMs;
		if (signal === "SIGINT" && !isEcho) pressedAtMs = nowMs;
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
