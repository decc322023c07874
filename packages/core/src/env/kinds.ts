import { z } from "zod";
import { parseBoolean } from "./boolean.ts";
import { addFacts, type KindFacts } from "./facts.ts";
import { parseJson } from "./json.ts";
import { parseCidrList, parseList } from "./list.ts";
import { parseInteger, parsePort, type Range } from "./number.ts";
import type { Parser } from "./parsed.ts";
import { byteSizeText, durationText, parseByteSize, parseDuration } from "./quantity.ts";
import { conceal, type Secret } from "./secret.ts";
import { tidy } from "./text.ts";
import { maskUrl, parseUrl, protocolNames } from "./url.ts";
import { MIN_SECRET_BYTES } from "./weakness.ts";

/** A zod schema of a variable's text, so `.default()`, `.optional()`, `.refine()` and `.describe()` chain. */
export type Kind<T> = z.ZodType<T, string>;

export interface UrlOptions {
	/** Allowed protocols, `redis` or `redis:`. Any when left out. */
	readonly protocols?: readonly string[];
	/** For URLs with a password: gives a Secret, and `NAME_FILE` works. A plain string is hidden only while it is in the env. */
	readonly secret?: boolean;
}

export interface SecretOptions {
	/** Shortest length; less than 32 only for keys that somebody else issues. */
	readonly minBytes?: number;
}

/** A port to listen on; 0 lets the system choose. */
export function port(): Kind<number> {
	return kind(parsePort, { what: "a port number", example: "3000" });
}

/** A URL with protocol and host, as it was typed. */
export function url(options: UrlOptions & { readonly secret: true }): Kind<Secret>;
export function url(options?: UrlOptions): Kind<string>;
export function url(options: UrlOptions = {}): Kind<Secret> | Kind<string> {
	const { protocols, secret: isConcealed = false } = options;
	const parse = parseUrl(protocols === undefined ? {} : { protocols });
	const facts = { what: "a URL", example: `${protocolNames(protocols)?.[0] ?? "https"}://localhost` };
	if (!isConcealed) return kind(parse, facts);
	return kind<Secret>(
		(text) => {
			const parsed = parse(text);
			return "value" in parsed ? { value: conceal(text, maskUrl(text)) } : parsed;
		},
		{ ...facts, concealed: true },
	);
}

/** `500ms`, `30s`, `5m`, `1h`, `1d`; gives milliseconds. */
export function duration(): Kind<number> {
	return kind(parseDuration, { what: "a duration", example: "30s", textOf: asNumber(durationText) });
}

/** `512kb`, `1mb`; gives bytes, 1024 to the kilobyte. */
export function byteSize(): Kind<number> {
	return kind(parseByteSize, { what: "a size", example: "1mb", textOf: asNumber(byteSizeText) });
}

/** `true`, `1`, `yes`, `on` and their opposites; "false" is false. */
export function bool(): Kind<boolean> {
	return kind(parseBoolean, { what: "true or false", example: "true" });
}

export function integer(range: Range = {}): Kind<number> {
	return kind(parseInteger(range), { what: "a whole number", example: String(range.min ?? 1) });
}

/** `a,b,c`, white space around the items dropped. */
export function list(): Kind<readonly string[]> {
	return kind(parseList, { what: "a comma list", example: "a,b", textOf: String });
}

/** Addresses and networks: `10.0.0.0/8,127.0.0.1`. */
export function cidrList(): Kind<readonly string[]> {
	const what = "a comma list of addresses and networks";
	return kind(parseCidrList, { what, example: "10.0.0.0/8,127.0.0.1", textOf: String });
}

/** Any JSON; `.pipe(z.object({ ... }))` says what it must look like. */
export function json(): Kind<unknown> {
	return kind(parseJson, { what: "JSON", example: "{}", textOf: JSON.stringify }, () => undefined);
}

/**
 * A text that prints as `[secret]`; also read from the file named in `NAME_FILE`. A weak one stops the boot in
 * production (ENV_WEAK_SECRET) and is a notice elsewhere.
 */
export function secret({ minBytes = MIN_SECRET_BYTES }: SecretOptions = {}): Kind<Secret> {
	return kind((text) => ({ value: conceal(text) }), {
		what: "a random secret",
		example: "replace-with-a-random-secret",
		concealed: true,
		minBytes,
	});
}

function kind<T>(parse: Parser<T>, facts: KindFacts, clean: typeof tidy = tidy): Kind<T> {
	const innermost = z.string();
	addFacts(innermost, facts);
	return innermost.transform((text, context) => {
		const parsed = clean(text) ?? parse(text);
		if ("value" in parsed) return parsed.value;
		context.addIssue({ code: "custom", message: parsed.problem, params: { refusal: parsed } });
		return z.NEVER;
	});
}

function asNumber(text: (amount: number) => string): (value: unknown) => string {
	return (value) => text(Number(value));
}
