import { entriesOf, nameOf, putProperty, readProperty, summaryOf, UNREADABLE } from "./known-objects.ts";
import { lineBytes, TEXT_BYTES } from "./line-bytes.ts";
import { entryKind, isSecret, listedKind, PLACES, type Place, readsAsSecret } from "./secret-places.ts";
import { type KeyKind, REDACTED } from "./sensitive-keys.ts";
import { redactText } from "./sensitive-text.ts";

const { types } = process.getBuiltinModule("node:util");

export const CIRCULAR = "[circular]";
const DEEP = "[deep]";
const MORE = "[truncated]";
const MAX_DEPTH = 8;
export const MAX_ENTRIES = 100;
const NAME_BYTES = 256;
// Long texts leave this much to what comes behind them: a URL of 10 MB must not hide the status.
const RESERVED_BYTES = 2 * 1024;
const LONG_CHARACTERS = 256;

/** One way through one value: what is left of its budget, and what it is in. */
export interface Walk {
	bytesLeft: number;
	errorLevel: number;
	readonly ancestors: object[];
	/** Errors are described elsewhere, which needs this walk in turn. */
	readonly copyError: (error: object, walk: Walk, depth: number) => unknown;
}

/** Descriptions of errors: describing one again, as pino's serializers do after the formatters, changes nothing. */
export const described: WeakSet<object> = new WeakSet();

/** The value without its secrets, in bounds, and as JSON can write it; the very same value if it is so already. */
export function copyValue(value: unknown, walk: Walk, depth: number, place: Place = "value"): unknown {
	switch (typeof value) {
		case "string":
			return copyText(value, walk);
		case "object":
			return value === null ? value : copyObject(value, walk, depth, place);
		case "bigint":
			return copyText(value.toString(), walk);
		case "symbol":
			return copyText(String(value), walk);
		case "function":
			return copyText(`[function ${nameOf(value)}]`, walk);
		default:
			walk.bytesLeft -= 8;
			return value;
	}
}

/** A text without its secrets, cut to what is left. */
export function copyText(text: string, walk: Walk, maxBytes: number = TEXT_BYTES): string {
	const left = text.length > LONG_CHARACTERS ? walk.bytesLeft - RESERVED_BYTES : walk.bytesLeft;
	const masked = redactText(text, Math.max(0, Math.min(maxBytes, left)));
	walk.bytesLeft -= lineBytes(masked) + 3;
	return masked;
}

/** The own enumerable properties of an object, but for those left out. */
export function copyRecord(
	source: object,
	walk: Walk,
	depth: number,
	options: { place?: Place; without?: ReadonlySet<string>; isForced?: boolean } = {},
): Record<string, unknown> {
	const keys = Object.keys(source);
	const without = options.without;
	let copy: Record<string, unknown> | undefined = options.isForced === true ? {} : undefined;
	for (let index = 0; index < keys.length; index++) {
		const key = keys[index]!;
		const isFull = index === MAX_ENTRIES || walk.bytesLeft <= 0;
		if (isFull || without?.has(key) === true) {
			copy ??= copiedBefore(source, keys, index);
			if (!isFull) continue;
			copy[MORE] = `${keys.length - index} more entries`;
			break;
		}
		const value = readProperty(source, key);
		const name = copyName(key, walk);
		const copied = copyNamed(entryKind(source, key, options.place), key, value, walk, depth);
		// What could not be read must not be read again, by JSON.
		const isSame = copied === value && name === key && value !== UNREADABLE;
		if (copy === undefined && !isSame) copy = copiedBefore(source, keys, index);
		if (copy !== undefined) putProperty(copy, name, copied);
	}
	if (copy === undefined) return source as Record<string, unknown>;
	if (described.has(source)) described.add(copy);
	return copy;
}

function copiedBefore(source: object, keys: readonly string[], end: number): Record<string, unknown> {
	const copy: Record<string, unknown> = {};
	for (let index = 0; index < end; index++)
		putProperty(copy, keys[index]!, readProperty(source, keys[index]!));
	return copy;
}

// A key may come from a request and be a secret itself, or long. A short word is neither, and is nearly every key.
const WORD = /^[\w-]{1,19}$/;

function copyName(key: string, walk: Walk): string {
	if (WORD.test(key)) {
		walk.bytesLeft -= key.length + 4;
		return key;
	}
	const name = redactText(key, NAME_BYTES);
	walk.bytesLeft -= lineBytes(name) + 4;
	return name;
}

function copyNamed(kind: KeyKind, key: string, value: unknown, walk: Walk, depth: number): unknown {
	if (kind !== "plain" && isSecret(kind, value)) {
		if (readsAsSecret(value)) return "[secret]";
		walk.bytesLeft -= REDACTED.length + 2;
		return REDACTED;
	}
	return copyValue(value, walk, depth, PLACES.get(key) ?? "value");
}

function copyObject(value: object, walk: Walk, depth: number, place: Place): unknown {
	if (walk.ancestors.includes(value)) return CIRCULAR;
	if (depth > MAX_DEPTH) return DEEP;
	walk.bytesLeft -= 3;
	walk.ancestors.push(value);
	try {
		return copyKnown(value, walk, depth, place);
	} catch {
		return UNREADABLE;
	} finally {
		walk.ancestors.pop();
	}
}

function copyKnown(value: object, walk: Walk, depth: number, place: Place): unknown {
	const prototype: unknown = Object.getPrototypeOf(value);
	const isPlain = prototype === Object.prototype || prototype === Array.prototype || prototype === null;
	if (!isPlain) {
		if (types.isNativeError(value) || value instanceof Error) return walk.copyError(value, walk, depth);
		if (types.isDate(value) && prototype === Date.prototype && !Object.hasOwn(value, "toJSON")) return value;
		const text = summaryOf(value);
		if (text !== undefined) return copyText(text, walk);
		const entries = entriesOf(value);
		if (entries !== undefined) return copyEntries(value, entries, walk, depth);
	}
	const { toJSON } = value as { toJSON?: unknown };
	if (typeof toJSON !== "function") {
		return Array.isArray(value)
			? copyArray(value, walk, depth, place)
			: copyRecord(value, walk, depth + 1, { place });
	}
	// Written by its own words, once: what it gives is copied even when clean, so that JSON does not ask again.
	const json: unknown = toJSON.call(value);
	if (typeof json !== "object" || json === null) return copyValue(json, walk, depth);
	if (json !== value && typeof (json as { toJSON?: unknown }).toJSON !== "function") {
		return copyValue(json, walk, depth, place);
	}
	// It gave itself, or another with words of its own.
	return copyRecord(json, walk, depth + 1, { place, isForced: true });
}

function copyEntries(
	source: object,
	entries: Iterable<readonly [unknown, unknown]>,
	walk: Walk,
	depth: number,
): unknown {
	const isSet = types.isSet(source);
	const list: unknown[] = [];
	const record: Record<string, unknown> = {};
	let count = 0;
	for (const [key, value] of entries) {
		if (count++ === MAX_ENTRIES) break;
		if (isSet) list.push(value);
		else putProperty(record, typeof key === "object" ? "[object]" : String(key), value);
	}
	const size = isSet || types.isMap(source) ? source.size : count;
	if (isSet) {
		list.length = size;
		return copyArray(list, walk, depth, "value");
	}
	const isQuery = Object.prototype.toString.call(source) === "[object URLSearchParams]";
	const copy = copyRecord(record, walk, depth + 1, { place: isQuery ? "query" : "value" });
	if (size > MAX_ENTRIES) copy[MORE] = `${size - MAX_ENTRIES} more entries`;
	return copy;
}

function copyArray(source: readonly unknown[], walk: Walk, depth: number, place: Place): unknown[] {
	let copy: unknown[] | undefined;
	const { length } = source;
	for (let index = 0; index < length; index++) {
		if (index === MAX_ENTRIES || walk.bytesLeft <= 0) {
			copy ??= source.slice(0, index);
			copy.push(`[+${length - index} more]`);
			break;
		}
		const value = source[index];
		const kind = index % 2 === 1 ? listedKind(source, index, place) : "plain";
		const copied =
			kind === "plain"
				? copyValue(value, walk, depth + 1, "array")
				: copyNamed(kind, "", value, walk, depth + 1);
		if (copy === undefined && copied !== value) copy = source.slice(0, index);
		copy?.push(copied);
	}
	return copy ?? (source as unknown[]);
}
