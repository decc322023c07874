import { type Parser, refuse } from "./parsed.ts";

const WORDS = new Map([
	["true", true],
	["1", true],
	["yes", true],
	["on", true],
	["false", false],
	["0", false],
	["no", false],
	["off", false],
]);

/** Upper and lower case alike; any other word is refused rather than taken for true. */
export const parseBoolean: Parser<boolean> = (text) => {
	const value = WORDS.get(text.toLowerCase());
	return value === undefined
		? refuse("is neither yes nor no", `type one of ${[...WORDS.keys()].join(", ")}`)
		: { value };
};
