import { keyKind } from "./sensitive-keys.ts";
import { redactText } from "./sensitive-text.ts";

/** As long as a text may be for several of them together to stay whole in a line. */
const MAX_CHARACTERS = 1_000;
/** What JSON writes as it is. */
const UNESCAPED = /^[ !#-[\]-~]*$/;
/** No name of a secret can be made of these letters, and no secret. */
const ADDRESS = /^[\da-fA-F.:]*$/;

/** Whether a text stands in a line just as it is: nothing is masked, cut or escaped. */
export function isPlainText(text: unknown): text is string {
	return (
		typeof text === "string" &&
		text.length <= MAX_CHARACTERS &&
		UNESCAPED.test(text) &&
		redactText(text) === text
	);
}

/** The same for what should be an IP address, whose colons make it worth a closer look elsewhere. */
export function isPlainAddress(text: unknown): text is string {
	const isAddress = typeof text === "string" && text.length <= MAX_CHARACTERS && ADDRESS.test(text);
	return isAddress || isPlainText(text);
}

const MAX_PLAIN_BINDINGS = 4;
/** A short word is no secret itself, and nearly every name is one. */
const WORD = /^[\w-]{1,19}$/;

/** Whether redaction would give the very same object: so it is with what is bound for a request, its id. */
export function isPlainBindings(bindings: unknown): bindings is object {
	try {
		if (typeof bindings !== "object" || bindings === null || Array.isArray(bindings)) return false;
		let count = 0;
		for (const key in bindings) {
			const isPlainName = key !== "value" && WORD.test(key) && keyKind(key) === "plain";
			if (++count > MAX_PLAIN_BINDINGS || !isPlainName) return false;
			if (!isPlainText((bindings as Record<string, unknown>)[key])) return false;
		}
		return true;
	} catch {
		return false;
	}
}
