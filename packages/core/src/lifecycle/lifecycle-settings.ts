import { type Checks, callback, listOf, milliseconds, oneOf } from "../checks.ts";
import type { Fault } from "../errors.ts";
import type { Settings } from "../exchange/room.ts";

export interface ShutdownOptions {
	/**
	 * From the signal on, delay and linger included. What is unfinished then is named and cut; the exit follows within a fifth
	 * of it, 0.9 s at most. The primary of a cluster gives its workers an eighth more, a second at most.
	 */
	deadlineMs?: number | undefined;
	/** Still listening, readiness 503: until whoever routes requests has heard of it. */
	drainDelayMs?: number | undefined;
	/** No longer listening, idle connections kept until a proxy has used them once more; up to three times as long while it does. */
	lingerMs?: number | undefined;
	/** Within what time WebSockets, sessions of HTTP/2 and hooks of `onDrain` are told, 100 a second where that is enough. */
	spreadMs?: number | undefined;
	/** How long one closer may take. */
	closerTimeoutMs?: number | undefined;
	/** The signals that begin it. */
	signals?: readonly ("SIGTERM" | "SIGINT")[] | undefined;
}

export interface ShutdownValues {
	deadlineMs: number;
	drainDelayMs: number;
	lingerMs: number;
	spreadMs: number;
	closerTimeoutMs: number;
	signals: readonly NodeJS.Signals[];
}

export const SHUTDOWN: Settings<ShutdownValues> = {
	key: "shutdown",
	purpose: "Requests lost at every deploy, and processes that are killed because they never end",
	DEFAULTS: {
		deadlineMs: 8_000,
		drainDelayMs: 0,
		lingerMs: 0,
		spreadMs: 3_000,
		closerTimeoutMs: 5_000,
		signals: ["SIGTERM", "SIGINT"],
	},
	CHECKS: {
		deadlineMs: milliseconds({ min: 100, example: 8_000 }),
		drainDelayMs: milliseconds({ example: 5_000 }),
		lingerMs: milliseconds({ example: 1_000 }),
		spreadMs: milliseconds({ example: 3_000 }),
		closerTimeoutMs: milliseconds({ min: 1, example: 5_000 }),
		signals: listOf(oneOf(["SIGTERM", "SIGINT"])),
	} satisfies Checks<ShutdownValues>,
	coherence: ({ deadlineMs, drainDelayMs, lingerMs }): readonly Fault[] => {
		const waitMs = drainDelayMs + lingerMs;
		if (waitMs < deadlineMs) return [];
		return [
			{
				code: "OPTIONS_INCOHERENT",
				at: "shutdown",
				problem: `drainDelayMs and lingerMs wait ${waitMs} ms, and deadlineMs cuts everything after ${deadlineMs} ms`,
				hint: `shutdown: { deadlineMs: ${waitMs + 5_000} }, or a shorter delay`,
			},
		];
	},
};

/** Of the time that is left for requests, what may be spent on telling clients to go one after the other. */
const SPREAD_SHARE = 1 / 3;

/** And on taking what still arrives, each time before something is closed. */
const ARRIVALS_SHARE = 1 / 2;

/** How a server is brought to its end within `budgetMs`. */
export function drainWaits(
	{ lingerMs, spreadMs }: Readonly<Pick<ShutdownValues, "lingerMs" | "spreadMs">>,
	budgetMs: number,
): {
	readonly lingerMs: number;
	readonly spreadMs: number;
	readonly arrivalsMs: number;
	readonly withinMs: number;
} {
	const restMs = budgetMs - lingerMs;
	return {
		lingerMs,
		spreadMs: Math.min(spreadMs, restMs * SPREAD_SHARE),
		arrivalsMs: Math.max(0, restMs * ARRIVALS_SHARE),
		withinMs: budgetMs,
	};
}

export interface CrashOptions {
	/** From the error on: what other requests have to finish, and `onCrash` to report. The exit follows as behind `deadlineMs`. */
	budgetMs?: number | undefined;
	/** Hears of the error before the process ends, so that an error tracker can flush. */
	onCrash?: ((error: unknown) => unknown) | undefined;
	/** What a rejection that nobody handles does. `warn` logs it and goes on with a process in an unknown state. */
	unhandledRejections?: "exit" | "warn" | undefined;
}

export interface CrashValues {
	budgetMs: number;
	onCrash: ((error: unknown) => unknown) | undefined;
	unhandledRejections: "exit" | "warn";
}

export const CRASH: Settings<CrashValues> = {
	key: "crash",
	purpose: "A process that dies without a word, or lives on in an unknown state",
	DEFAULTS: { budgetMs: 3_000, onCrash: undefined, unhandledRejections: "exit" },
	CHECKS: {
		budgetMs: milliseconds({ min: 100, example: 3_000 }),
		onCrash: callback("(error) => tracker.flush(error)"),
		unhandledRejections: oneOf(["exit", "warn"]),
	} satisfies Checks<CrashValues>,
};
