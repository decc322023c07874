import type { InnerStore } from "./store.ts";

/** Methods of express-session's stores that programs call and nobody here has a word to say about. */
const MORE = ["all", "clear", "length", "ids"] as const;

export function moreOf(inner: InnerStore): Readonly<Record<string, unknown>> {
	const store = inner as unknown as Readonly<Record<string, unknown>>;
	const there = MORE.filter((name) => typeof store[name] === "function");
	return Object.fromEntries(there.map((name) => [name, (store[name] as () => unknown).bind(inner)]));
}

/** A value that is there and makes no sense: stores that parse say so, and Redis of what is no text. */
export function isUnreadable(error: unknown): boolean {
	const { name, message, cause } = (error ?? {}) as Partial<Error> & { cause?: { name?: unknown } | null };
	return (
		name === "SyntaxError" ||
		cause?.name === "SyntaxError" ||
		(name === "ReplyError" && message?.startsWith("WRONGTYPE") === true)
	);
}

/** Stores on files say so when there is no session. */
export function isMissing(error: unknown): boolean {
	return (error as { code?: unknown } | null)?.code === "ENOENT";
}

/** Either way there is no session to be had. */
export function isAbsent(error: unknown): boolean {
	return isMissing(error) || isUnreadable(error);
}
