import { nameOf, putProperty, readProperty, UNREADABLE } from "./known-objects.ts";
import { lineBytes } from "./line-bytes.ts";
import { CIRCULAR, copyRecord, copyText, copyValue, described, type Walk } from "./walk.ts";

const { types } = process.getBuiltinModule("node:util");

/** An error as a line of the log has it. */
export interface ErrorDescription {
	/** The name of the error; `NonErrorThrown` when something else was thrown. */
	readonly type: string;
	readonly message: string;
	readonly code?: string | number;
	readonly stack?: string;
	readonly cause?: unknown;
	/** The first ones of an AggregateError, and how many more there are. */
	readonly errors?: readonly unknown[];
	/** What was thrown, when it was an object and no error. */
	readonly value?: unknown;
	/** What the error carries beside that, such as the `config` of an HTTP client. */
	readonly [property: string]: unknown;
}

const ERROR_BYTES = 40 * 1024;
const TYPE_BYTES = 128;
const MESSAGE_BYTES = 2 * 1024;
const STACK_BYTES = 4 * 1024;
const MAX_LEVELS = 5;
const MAX_ERRORS = 5;
const NON_ERROR = "NonErrorThrown";
const OWN_NAMES: ReadonlySet<string> = new Set([
	"type",
	"name",
	"message",
	"code",
	"stack",
	"cause",
	"errors",
	"value",
]);

/** Describes whatever was thrown, without its secrets, in less than 64 kB; never throws itself. */
export function describeError(thrown: unknown): ErrorDescription {
	const walk: Walk = { bytesLeft: ERROR_BYTES, errorLevel: 0, ancestors: [], copyError };
	try {
		if (typeof thrown === "object" && thrown !== null) {
			if (described.has(thrown)) return thrown as ErrorDescription;
			if (isError(thrown)) {
				const copy = copyValue(thrown, walk, 1);
				if (typeof copy === "object") return copy as ErrorDescription;
			}
		}
		return describeOther(thrown, walk);
	} catch {
		return { type: NON_ERROR, message: UNREADABLE };
	}
}

/** Describes an error within a walk; the level bounds causes of causes, and errors of errors. */
export function copyError(error: object, walk: Walk, depth: number): unknown {
	if (walk.errorLevel >= MAX_LEVELS || walk.bytesLeft <= 0) return "[more errors]";
	walk.errorLevel++;
	try {
		return describe(error, walk, depth);
	} finally {
		walk.errorLevel--;
	}
}

function describe(error: object, walk: Walk, depth: number): ErrorDescription {
	const message = copyText(textOf(readProperty(error, "message")), walk, MESSAGE_BYTES);
	const description: Record<string, unknown> = { type: copyText(typeOf(error), walk, TYPE_BYTES), message };
	const code = readProperty(error, "code");
	if (typeof code === "string") description.code = copyText(code, walk, TYPE_BYTES);
	else if (typeof code === "number") description.code = code;
	const stack = readProperty(error, "stack");
	if (typeof stack === "string" && stack !== UNREADABLE) {
		description.stack = stackText(stack, textOf(readProperty(error, "message")), message, walk);
	}
	const cause = readProperty(error, "cause");
	if (cause !== undefined) description.cause = copyValue(cause, walk, depth + 1);
	const errors = readProperty(error, "errors");
	if (Array.isArray(errors)) description.errors = copyErrors(errors, walk, depth);
	const carried = copyRecord(error, walk, depth + 1, { without: OWN_NAMES, isForced: true });
	for (const [name, value] of Object.entries(carried)) putProperty(description, name, value);
	described.add(description);
	return description as unknown as ErrorDescription;
}

// The message stands in the stack once more: a message of 10 MB would push the frames out, and one that was cut or
// masked must be the same in both places.
function stackText(stack: string, message: string, shown: string, walk: Walk): string {
	const start = message === "" ? -1 : stack.indexOf(message);
	if (start === -1) return copyText(stack, walk, STACK_BYTES);
	const head = copyText(stack.slice(0, start), walk, TYPE_BYTES);
	const frames = copyText(stack.slice(start + message.length), walk, STACK_BYTES);
	walk.bytesLeft -= lineBytes(shown);
	return `${head}${shown}${frames}`;
}

function copyErrors(errors: readonly unknown[], walk: Walk, depth: number): unknown[] {
	const copies = errors.slice(0, MAX_ERRORS).map((error) => copyValue(error, walk, depth + 1));
	if (errors.length > MAX_ERRORS) copies.push(`[+${errors.length - MAX_ERRORS} more]`);
	return copies;
}

function describeOther(thrown: unknown, walk: Walk): ErrorDescription {
	const description: { type: string; message: string; value?: unknown } = { type: NON_ERROR, message: "" };
	const isObject = typeof thrown === "object" && thrown !== null;
	const copy = isObject ? copyValue(thrown, walk, 1) : undefined;
	if (!isObject || typeof copy !== "object") {
		description.message = copyText(textOf(isObject ? copy : thrown), walk, MESSAGE_BYTES);
	} else {
		const message = readProperty(copy as object, "message");
		description.message =
			typeof message === "string" ? message : `a thrown ${nameOf(readProperty(thrown, "constructor"))}`;
		// Without its class: other serializers read what the class computes, and that may throw.
		description.value = Array.isArray(copy) ? copy : { ...copy };
	}
	described.add(description);
	return description;
}

function isError(value: object): boolean {
	return types.isNativeError(value) || value instanceof Error;
}

function typeOf(error: object): string {
	const name = readProperty(error, "name");
	const own = nameOf(readProperty(error, "constructor"));
	if (typeof name !== "string" || name === "" || name === UNREADABLE) return own;
	// A class of its own that never set a name says more by the class.
	return name === "Error" && own !== "anonymous" ? own : name;
}

function textOf(value: unknown): string {
	if (typeof value === "string") return value;
	if (typeof value === "object" && value !== null) return CIRCULAR;
	return typeof value === "function" ? `[function ${nameOf(value)}]` : String(value);
}
