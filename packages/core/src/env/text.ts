import { type Refusal, refuse } from "./parsed.ts";

/** Without the one line break that `echo` and editors leave at the end. */
export function trimNewline(text: string): string {
	return text.replace(/\r?\n$/, "");
}

/** The text of a variable; one that is empty or only white space counts as not set. */
export function variableText(raw: string | undefined): string | undefined {
	if (raw === undefined || raw.trim() === "") return undefined;
	return trimNewline(raw);
}

/** `docker --env-file`, systemd and Kubernetes keep the quotes that a shell or dotenv would take away. */
export function quotesKept(text: string): Refusal | undefined {
	const quote = text[0];
	if (quote !== '"' && quote !== "'") return undefined;
	if (text.length < 2 || text.indexOf(quote, 1) !== text.length - 1) return undefined;
	return refuse("has quotes around it that are part of the value", "take the quotes away");
}

function spacesKept(text: string): Refusal | undefined {
	if (text.trim() === text) return undefined;
	return refuse("has white space around it", "take the spaces and line breaks around the value away");
}

/** What is left of a value's way through shells and files, and would become part of it. */
export function tidy(text: string): Refusal | undefined {
	return quotesKept(text) ?? spacesKept(text);
}
