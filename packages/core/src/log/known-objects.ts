import { EventEmitter } from "node:events";
import { cutText } from "./line-bytes.ts";

const { types } = process.getBuiltinModule("node:util");

/** What a property reads as when reading it throws. */
export const UNREADABLE = "[unreadable]";

/** One property, which a getter or a proxy may refuse. */
export function readProperty(source: object, key: string): unknown {
	try {
		return (source as Record<string, unknown>)[key];
	} catch {
		return UNREADABLE;
	}
}

/** Sets an own property, also the one that would otherwise set the prototype. */
export function putProperty(target: object, key: string, value: unknown): void {
	if (key !== "__proto__") (target as Record<string, unknown>)[key] = value;
	else Object.defineProperty(target, key, { value, enumerable: true, configurable: true, writable: true });
}

/** What a function or a class calls itself; a name may be anything at all. */
export function nameOf(named: unknown): string {
	try {
		const name = (named as { name?: unknown } | undefined)?.name;
		return typeof name === "string" && name !== "" ? cutText(name, 64) : "anonymous";
	} catch {
		return "anonymous";
	}
}

/** One short text for what would be long, or nothing, in JSON. */
export function summaryOf(value: object): string | undefined {
	if (ArrayBuffer.isView(value)) return `[${nameOf(value.constructor)} of ${value.byteLength} bytes]`;
	if (types.isAnyArrayBuffer(value)) return `[ArrayBuffer of ${value.byteLength} bytes]`;
	if (types.isRegExp(value)) return String(value);
	if (types.isBoxedPrimitive(value)) return String(value.valueOf());
	// Sockets, requests, agents, loggers: a line has no room for their insides.
	if (value instanceof EventEmitter) return `[${nameOf(value.constructor)}]`;
	return undefined;
}

/** The entries of what holds values outside of its properties. `Headers` is told by its tag: naming it loads undici. */
export function entriesOf(value: object): Iterable<readonly [unknown, unknown]> | undefined {
	if (types.isMap(value)) return value;
	if (types.isSet(value)) return value.entries();
	const tag: unknown = (value as { [Symbol.toStringTag]?: unknown })[Symbol.toStringTag];
	if (tag !== "Headers" && tag !== "URLSearchParams" && tag !== "FormData") return undefined;
	return (value as Map<unknown, unknown>).entries();
}
