import { createRequire } from "node:module";
import type { DestinationStream, LoggerOptions, Logger as PinoLogger } from "pino";
import { escapeJsonControls } from "./control-characters.ts";
import { describeError } from "./describe-error.ts";
import { createLineBuffer, type LineBuffer } from "./line-buffer.ts";
import { createLineWriter } from "./line-writer.ts";
import { ownLines } from "./own-lines.ts";
import { isPlainBindings } from "./plain-text.ts";
import { formatReadable } from "./readable.ts";
import { redact, redactMessage, redactUrl, type Serializers } from "./redaction.ts";

const require = createRequire(import.meta.url);

export type Logger = PinoLogger;

/** What a logger of ours is made of. */
export interface LoggerPolicy {
	readonly level: string;
	/** `readable` for people at a terminal, `json` for everything that collects logs. */
	readonly format: "readable" | "json";
	/** In the place of standard output. */
	readonly write?: ((line: string) => void) | undefined;
}

/** pino, with redaction on: what a line may hold is decided here, whoever writes it. */
export function createLogger(policy: LoggerPolicy): Logger {
	const { pino } = require("pino") as typeof import("pino");
	const options: LoggerOptions = {
		level: policy.level,
		serializers: { err: describeError, error: describeError, msg: redactMessage },
		hooks: { logMethod: redactingArguments },
		formatters: { log: (line) => redact(line, HTTP_OBJECTS), bindings: (bindings) => redact(bindings) },
	};
	const buffer = bufferOf(policy);
	if (buffer === undefined) return redactingBindings(pino(options, readableDestination()));
	const { stream, open } = ownLines(buffer, finished);
	const logger = redactingBindings(pino(options, stream));
	open(logger, pino.symbols);
	return logger;
}

/** What a message is filled with (`"%j"`, `"%o"`) is masked before it is text. */
function redactingArguments(this: Logger, inputs: unknown[], method: (...inputs: never[]) => void): void {
	for (let index = 1; index < inputs.length; index++) {
		if (typeof inputs[index] === "object") inputs[index] = redact({ value: inputs[index] }).value;
	}
	method.apply(this, inputs as never[]);
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

/** Lines of JSON may wait for each other; those for people at a terminal do not. */
function bufferOf({ write, format }: LoggerPolicy): LineBuffer | undefined {
	if (write !== undefined) return { write, collect: write, flush() {}, close() {} };
	return format === "json" ? createLineBuffer(createLineWriter(STDOUT)) : undefined;
}

function readableDestination(): DestinationStream {
	const isTerminal = process.stdout.isTTY === true;
	const writeLine = createLineWriter(STDOUT);
	return { write: (line) => writeLine(`${formatReadable(finished(line), isTerminal)}\n`) };
}

const STDOUT = 1;

/** As it goes out: what children have bound comes on top of what is logged, and each was within bounds by itself. */
function finished(line: string): string {
	const escaped = escapeJsonControls(line);
	const isShort = escaped.length * MOST_BYTES_A_UNIT <= MAX_LINE_BYTES;
	if (isShort || Buffer.byteLength(escaped) <= MAX_LINE_BYTES) return escaped;
	return escapeJsonControls(`${JSON.stringify(redact(JSON.parse(escaped)))}\n`);
}

const MAX_LINE_BYTES = 16 * 1024;
/** Of UTF-8 for a unit of UTF-16. */
const MOST_BYTES_A_UNIT = 3;

/** pino asks `formatters.bindings` for the root logger only: a child's bindings would go out as they are. */
function redactingBindings(logger: Logger): Logger {
	const { child, setBindings } = logger;
	logger.child = function redactingChild(this: Logger, bindings: object, options?: object) {
		const isPlain = isPlainBindings(bindings);
		const shown = isPlain ? bindings : redact(bindings as Record<string, unknown>);
		return child.call(this, shown, (isEmpty(options) ? undefined : options) as never);
	} as Logger["child"];
	logger.setBindings = function redactingSetBindings(this: Logger, bindings: object) {
		setBindings.call(this, redact(bindings as Record<string, unknown>));
	};
	return logger;
}

/** Fastify hands options to the logger of each request, nearly always without any: pino is quicker without them. */
function isEmpty(options: object | undefined): boolean {
	for (const _ in options) return false;
	return true;
}
