import type { Code } from "../errors.ts";

/** What no store can keep, with the key it stands under: `cart.items.0.run`; nothing where all is well. */
export function findMisfit(session: object): string | undefined {
	for (const [key, value] of Object.entries(session)) {
		if (key === "cookie" || isMethod(session, key)) continue;
		const found = misfitOf(value, key, [session]);
		if (found !== undefined) return found;
	}
	return undefined;
}

/** The same on the first level only, cheap enough for every answer: what is no JSON would vanish without a word. */
export function findPlainMisfit(session: object): string | undefined {
	for (const key in session) {
		const value = (session as Record<string, unknown>)[key];
		if (typeof value === "function" && Object.hasOwn(session, key) && !isMethod(session, key)) {
			return `${key} (a function)`;
		}
	}
	return undefined;
}

/** One that the program has put in place of the library's: it is no data. */
function isMethod(session: object, key: string): boolean {
	const value = (session as Record<string, unknown>)[key];
	return typeof value === "function" && typeof Object.getPrototypeOf(session)?.[key] === "function";
}

function misfitOf(value: unknown, at: string, above: readonly object[]): string | undefined {
	const type = typeof value;
	if (type === "object" ? value === null : type !== "function" && type !== "bigint" && type !== "symbol") {
		return undefined;
	}
	if (hasOwnJson(value)) return undefined;
	if (typeof value !== "object" || value === null) return `${at} (a ${type})`;
	if (above.includes(value)) return `${at} (a circle)`;
	for (const [key, part] of Object.entries(value)) {
		const found = misfitOf(part, `${at}.${key}`, [...above, value]);
		if (found !== undefined) return found;
	}
	return undefined;
}

/** Dates, and whatever else says itself how it is written down. */
function hasOwnJson(value: unknown): boolean {
	return typeof (value as { toJSON?: unknown }).toJSON === "function";
}

/** Told to the program, which has put it there. */
export function misfitError(misfit: string): Error {
	const code: Code = "SESSION_UNSAVABLE";
	const message = `the session cannot be saved: ${misfit} is nothing that JSON can hold`;
	return Object.assign(new TypeError(message), { code });
}
