import { type Checks, callback, either, milliseconds, oneOf, wholeNumber } from "../checks.ts";
import type { OpenRoom } from "../exchange/exchange.ts";
import { statusOf } from "../exchange/over.ts";
import type { RequestRoom, Surroundings } from "../exchange/room.ts";
import type { Logger } from "../log/logger.ts";
import { completionWriter } from "./completion.ts";
import { PROGRAM_LOGGER } from "./program-logger.ts";

export interface LoggingOptions<Request = unknown> {
	/** Your own pino, or a logger that takes `(fields, message)` as it does. What it redacts is then yours to say. */
	logger?: Logger | undefined;
	/** The least important level that is written. */
	level?: "trace" | "debug" | "info" | "warn" | "error" | "fatal" | "silent" | undefined;
	/** More fields for the line of a request, asked when it has ended. */
	fields?: ((request: Request) => Record<string, unknown>) | undefined;
	/**
	 * How many lines requests that were refused (400 to 499) may write within `refusalWindowMs`; the first one of each status
	 * always has its line, and what is left is told of in one, with exact counts by status. `false`: each has its line, and
	 * who sends refused requests decides how much is written, to what disk and at what price.
	 */
	maxRefusalsPerWindow?: number | false | undefined;
	/** The length of that window, which opens with a refusal. */
	refusalWindowMs?: number | undefined;
}

export interface LoggingValues {
	logger: Logger | undefined;
	level: string;
	fields: ((request: never) => Record<string, unknown>) | undefined;
	maxRefusalsPerWindow: number | false;
	refusalWindowMs: number;
}

const DEFAULTS: LoggingValues = {
	logger: undefined,
	level: "info",
	fields: undefined,
	maxRefusalsPerWindow: 50,
	refusalWindowMs: 10_000,
};

const CHECKS: Checks<LoggingValues> = {
	logger: PROGRAM_LOGGER,
	level: oneOf(["info", "trace", "debug", "warn", "error", "fatal", "silent"]),
	fields: callback("(request) => ({ tenant: request.headers.host })"),
	maxRefusalsPerWindow: either(wholeNumber({ min: 0, example: 50 }), {
		expected: "false",
		example: "false",
		accepts: (value) => value === false,
	}),
	refusalWindowMs: milliseconds({ min: 1_000, example: 10_000 }),
};

export interface LoggingPolicy {
	readonly fields: ((request: unknown) => Record<string, unknown>) | undefined;
}

function policy(values: Readonly<LoggingValues>): LoggingPolicy {
	return Object.freeze({ fields: values.fields as LoggingPolicy["fields"] });
}

function create({ fields }: LoggingPolicy, surroundings: Surroundings): OpenRoom {
	const { admitsRefusal } = surroundings;
	let log: Logger | undefined;
	let write: ReturnType<typeof completionWriter> | undefined;
	return {
		/** One line a request, when it is over; none for probes, and none for refusals that come in a flood. */
		leave(exchange) {
			if (exchange.isProbe) return;
			// Asked for when there is something to write: who starts waits for no logger to be loaded.
			log ??= surroundings.log;
			write ??= completionWriter(log, fields);
			const status = statusOf(exchange.response);
			const level = status >= 500 ? "error" : status >= 400 ? "warn" : "info";
			if (log.isLevelEnabled?.(level) === false) return;
			// What a room answers with less than 400, such as a redirect, may come as often: the limit stands behind it.
			const isRefusal = level === "warn" || exchange.isAnswered;
			if (!isRefusal || admitsRefusal(status, exchange.clientAddress)) write(exchange, level);
		},
	};
}

export const LOGGING: RequestRoom<LoggingValues, LoggingPolicy> = {
	key: "logging",
	purpose: "Secrets in logs, and lines that do not tell which request they belong to",
	DEFAULTS,
	CHECKS,
	policy,
	create,
};
