import type { Notice } from "../exchange/room.ts";
import { isOrigin, normalOrigin } from "../origin.ts";
import { isYes } from "../yes-or-no.ts";
import type { CorsValues } from "./cors.ts";
import { wholePattern } from "./pattern.ts";

/** Whether a site may read, by its origin in lower case. Its own errors are nobody's yes. */
export type Allows = (origin: string) => boolean;

type Say = (...notice: Notice) => void;

/** Decides by the list or by the function. `say` hears, once, that the function does not decide. */
export function compileAllows(origin: CorsValues["origin"]): (say: Say) => Allows {
	if (origin === "*") return () => () => true;
	if (typeof origin === "function") return (say) => (from) => isOrigin(from) && asked(origin, from, say);
	const names = new Set(origin.filter((entry) => typeof entry === "string").map(normalOrigin));
	const patterns = origin.filter((entry) => entry instanceof RegExp).map(wholePattern);
	if (patterns.length === 0) return () => (from) => names.has(from);
	return () => (from) =>
		names.has(from) || (isOrigin(from) && patterns.some((pattern) => pattern.test(from)));
}

function asked(decide: (origin: string) => unknown, from: string, say: Say): boolean {
	let answer: unknown;
	try {
		answer = decide(from);
	} catch {
		say(...undecided("threw"));
		return false;
	}
	if (typeof answer !== "boolean") say(...undecided("answered with something else than true or false"));
	return isYes(answer);
}

function undecided(what: string): Notice {
	return [
		"CORS_UNDECIDED",
		`the function cors.origin ${what}, so the site that it was asked about may not read`,
		"answer true or false at once; what has to be looked up belongs into a list that is kept up to date beside",
	];
}
