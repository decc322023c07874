import { type Parser, refuse } from "./parsed.ts";

/** The message of `JSON.parse` quotes the text, so it is not passed on. */
export const parseJson: Parser<unknown> = (text) => {
	try {
		return { value: JSON.parse(text) };
	} catch {
		return refuse("is not JSON", 'type JSON, like {"a": 1}, and mind that a shell takes quotes away');
	}
};
