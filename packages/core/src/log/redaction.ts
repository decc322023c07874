import { copyError } from "./describe-error.ts";
import { putProperty, readProperty, UNREADABLE } from "./known-objects.ts";
import { LINE_BYTES, MESSAGE_BYTES } from "./line-bytes.ts";
import { redactText, redactUrl } from "./sensitive-text.ts";
import { copyRecord, type Walk } from "./walk.ts";

export { redactText, redactUrl };

/** What writes one property of a line; pino calls them by the name of the property. */
export type Serializers = Readonly<Record<string, (value: never) => unknown>>;

const NONE: Serializers = Object.freeze({});

/**
 * What a line holds beside its message, without its secrets, bounded to about 12 KiB, and readable by JSON; the very
 * same object when it is all that already. The object itself is never changed.
 *
 * `serializers` run before, on the values as they were logged: pino calls its own ones after the formatters, on
 * copies that have lost their class, and nobody masks what they give.
 */
export function redact(
	line: Record<string, unknown>,
	serializers: Serializers = NONE,
): Record<string, unknown> {
	try {
		// A list for a line: with numbers for names it would no longer be seen to be one of headers.
		if (Array.isArray(line)) return redact({ list: line as unknown[] });
		const walk: Walk = { bytesLeft: LINE_BYTES, errorLevel: 0, ancestors: [line], copyError };
		return copyRecord(serialized(line, serializers), walk, 1);
	} catch {
		return { line: UNREADABLE };
	}
}

/** The message of a line, which pino hands to `serializers.msg`: without its secrets, and in bounds. */
export function redactMessage(message: unknown): unknown {
	return typeof message === "string" ? redactText(message, MESSAGE_BYTES) : message;
}

function serialized(line: Record<string, unknown>, serializers: Serializers): Record<string, unknown> {
	if (serializers === NONE) return line;
	let copy: Record<string, unknown> | undefined;
	for (const key of Object.keys(serializers)) {
		if (!Object.hasOwn(line, key)) continue;
		copy ??= { ...line };
		putProperty(copy, key, written(serializers[key]!, readProperty(line, key)));
	}
	return copy ?? line;
}

function written(serializer: (value: never) => unknown, value: unknown): unknown {
	try {
		return serializer(value as never);
	} catch {
		return UNREADABLE;
	}
}
