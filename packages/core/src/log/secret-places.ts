import { readProperty } from "./known-objects.ts";
import { isSecretParameter, type KeyKind, keyKind } from "./sensitive-keys.ts";

/** Where a value stands, as far as it changes what is a secret. */
export type Place = "value" | "array" | "headers" | "query";

// Header lists without names of their own: `["Authorization", "Bearer ...", "Host", "..."]`.
export const HEADER_NAMES: ReadonlySet<string> = new Set([
	"authorization",
	"proxy-authorization",
	"cookie",
	"set-cookie",
	"x-api-key",
]);
export const PLACES: ReadonlyMap<string, Place> = new Map([
	["rawHeaders", "headers"],
	["rawTrailers", "headers"],
	["headers", "headers"],
	["query", "query"],
	["querystring", "query"],
	["searchParams", "query"],
]);

/** What a key says; and `{ name: "Authorization", value: "..." }`, as HAR files and lists of headers have it. */
export function entryKind(source: object, key: string, place: Place | undefined): KeyKind {
	if (place === "query" && isSecretParameter(key)) return "secret";
	if (key !== "value") return keyKind(key);
	const name = readProperty(source, "name") ?? readProperty(source, "key");
	return typeof name === "string" ? keyKind(name) : "plain";
}

/** What the element before says, in a list of headers or in a list of pairs: `[["Authorization", "..."]]`. */
export function listedKind(source: readonly unknown[], index: number, place: Place): KeyKind {
	const name = source[index - 1];
	if (typeof name !== "string") return "plain";
	const isPair = place === "array" && source.length === 2;
	if (!isPair && place !== "headers" && !(source.length % 2 === 0 && HEADER_NAMES.has(name.toLowerCase())))
		return "plain";
	// A list of names, such as what a program wants redacted, holds no values.
	const value = source[index];
	return typeof value === "string" && HEADER_NAMES.has(value.toLowerCase()) ? "plain" : keyKind(name);
}

/** Whether a value beside a name of this kind is a secret: a flag, a count or nothing is none. */
export function isSecret(kind: KeyKind, value: unknown): boolean {
	if (value === null || value === undefined || value === "" || typeof value === "boolean") return false;
	if (typeof value === "function") return false;
	if (kind === "secret" || typeof value === "string") return true;
	if (typeof value === "number" || typeof value === "bigint") return false;
	return kind === "secrets" || (Array.isArray(value) && value.some((item) => typeof item === "string"));
}

/** Secrets of the environment say "[secret]" of themselves: they are set, which is worth knowing. */
export function readsAsSecret(value: unknown): boolean {
	if (typeof value !== "object" || value === null) return value === "[secret]";
	try {
		const { toJSON } = value as { toJSON?: unknown };
		return typeof toJSON === "function" && toJSON.call(value) === "[secret]";
	} catch {
		return false;
	}
}
