import type { Code } from "../errors.ts";

/** Why a text was refused. Neither sentence may hold any part of the text, nor tell its length. */
export interface Refusal {
	readonly problem: string;
	readonly hint: string;
	/** ENV_INVALID unless the text is well-formed and dangerous. */
	readonly code?: Code;
}

export type Parsed<T> = { readonly value: T } | Refusal;

/** Text of a variable to value. Is given tidied text: never empty, no quotes or spaces around it. */
export type Parser<T> = (text: string) => Parsed<T>;

export function refuse(problem: string, hint: string, code: Code = "ENV_INVALID"): Refusal {
	return { problem, hint, code };
}

/** The parser of a word out of a list, exactly as written there. */
export function parseWord<const W extends string>(words: readonly W[]): Parser<W> {
	return (text) => {
		const value = words.find((word) => word === text);
		return value === undefined ? refuse("is not a known word", `type one of ${words.join(", ")}`) : { value };
	};
}
