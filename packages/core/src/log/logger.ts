import type { EventEmitter } from "node:events";
import { writeSync } from "node:fs";
import { createRequire } from "node:module";
import type { DestinationStream, LoggerOptions, Logger as PinoLogger } from "pino";
import { describeError } from "./describe-error.ts";
import { formatReadable } from "./readable.ts";
import { redact, redactMessage, redactUrl, type Serializers } from "./redaction.ts";

const require = createRequire(import.meta.url);

export type Logger = PinoLogger;

/** What a logger of ours is made of. */
export interface LoggerPolicy {
	readonly level: string;
	/** `readable` for people at a terminal, `json` for everything that collects logs. */
	readonly format: "readable" | "json";
	/** Bytes to standard output, at once: a line that is written is not lost, however the process ends. */
	readonly write?: ((line: string) => void) | undefined;
}

/** pino, with redaction on: what a line may hold is decided here, whoever writes it. */
export function createLogger(policy: LoggerPolicy): Logger {
	const { pino } = require("pino") as typeof import("pino");
	const options: LoggerOptions = {
		level: policy.level,
		serializers: { err: describeError, error: describeError, msg: redactMessage },
		formatters: { log: (line) => redact(line, HTTP_OBJECTS), bindings: (bindings) => redact(bindings) },
	};
	return redactingBindings(pino(options, destination(pino, policy)));
}

/** Requests and responses, which frameworks and programs hand to a logger whole: of these a line needs little. */
const HTTP_OBJECTS: Serializers = {
	req: (request: { id?: unknown; method?: unknown; url?: unknown }) => ({
		id: request.id,
		method: request.method,
		url: typeof request.url === "string" ? redactUrl(request.url) : undefined,
	}),
	res: (response: { statusCode?: unknown }) => ({ statusCode: response.statusCode }),
};

function destination(pino: typeof import("pino").pino, { write, format }: LoggerPolicy): DestinationStream {
	if (write !== undefined) return { write };
	if (format === "json") return survivingErrors(pino.destination({ dest: 1, sync: true }));
	const isTerminal = process.stdout.isTTY === true;
	return { write: (line) => writeFully(1, `${formatReadable(line, isTerminal)}\n`) };
}

/** A full disk or a closed pipe costs lines, and must not cost the process: it is told once, on standard error. */
function survivingErrors<Stream extends DestinationStream & EventEmitter>(stream: Stream): Stream {
	let isTold = false;
	stream.on("error", (error: Error) => {
		if (!isTold) writeFully(2, `the log cannot be written: ${error.message}\n`);
		isTold = true;
	});
	return stream;
}

/** pino asks `formatters.bindings` for the root logger only: a child's bindings would go out as they are. */
function redactingBindings(logger: Logger): Logger {
	const { child, setBindings } = logger;
	logger.child = function redactingChild(this: Logger, bindings: object, options?: object) {
		return child.call(this, redact(bindings as Record<string, unknown>), options as never);
	} as Logger["child"];
	logger.setBindings = function redactingSetBindings(this: Logger, bindings: object) {
		setBindings.call(this, redact(bindings as Record<string, unknown>));
	};
	return logger;
}

/** How often a pipe that is full is asked again before a line is given up; a reader that lives empties it sooner. */
const FULL_PIPE_RETRIES = 200;

/**
 * Writes to a descriptor at once. A closed pipe loses the line and nothing else: a program must not die of its log.
 */
export function writeFully(descriptor: number, text: string): void {
	let rest = Buffer.from(text);
	for (let retries = 0; rest.length > 0 && retries < FULL_PIPE_RETRIES; ) {
		try {
			rest = rest.subarray(writeSync(descriptor, rest));
		} catch (error) {
			if ((error as NodeJS.ErrnoException).code !== "EAGAIN") return;
			retries++;
			Atomics.wait(PAUSE, 0, 0, 5);
		}
	}
}
const PAUSE = new Int32Array(new SharedArrayBuffer(4));
