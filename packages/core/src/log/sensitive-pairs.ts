import { HEADER_NAMES } from "./secret-places.ts";
import { isSecretParameter, keyKind, REDACTED } from "./sensitive-keys.ts";

// A name and its separator: `token=`, `"token":`, `\"token\": `, `user[password]=`, `'token' =>`; and what lists of headers
// become as text: `"Cookie","..."`, `"name":"Cookie","value":"..."`. The lookbehind starts it at the beginning of a run of
// letters only, which keeps the search linear.
const NAME =
	/(?<![\w.%$[\]-])([\w.%$[\]-]+)(\\{0,8}["'`]?)\s{0,2}(=>?|:|,(?:\s{0,16}\\{0,8}["'`]?value\\{0,8}["'`]?:)?\s{0,16})[ \t]{0,2}/g;
const OPENING = /(\\{0,8})["'`]/y;
const GROUP = /(?:\[[^\]]*\]?|\{[^}]*\}?)[^\s,}"'`]*/y;
const WORD_OF_URL = /[^&#]+/y;
const WORD_OF_TEXT = /[^\s&#"'<>`]+/y;
const WORD_OF_JSON = /[^\s,}\]"]+/y;
const REST_OF_LINE = /[^\r\n]+/y;
const NO_SECRET = /^(?:true|false|null|undefined|\[secret\])[,;.)}\]]*$/;
// What messages of validators and parsers say behind a name: nobody's secret.
const PROSE =
	/^(?:must|is|are|was|has|should|cannot|can|not|no|too|required|invalid|expired|missing|malformed|expected|unexpected|wrong|path|string|number|boolean|any|unknown|object)[,;.)}]*$/i;
const HEADER_OF_MANY_WORDS = /(?:cookie|authorization)$/i;

/** A text whose pairs of a secret name and a value have lost the value. */
export function maskPairs(text: string, isUrl: boolean): string {
	let masked = "";
	let done = 0;
	for (let from = 0; ; ) {
		NAME.lastIndex = from;
		const found = NAME.exec(text);
		if (found === null) break;
		from = NAME.lastIndex;
		const span = secretSpan(text, found, isUrl);
		if (span === undefined) continue;
		masked += text.slice(done, span.start) + REDACTED;
		done = span.end;
		from = Math.max(from, done);
	}
	return done === 0 ? text : masked + text.slice(done);
}

interface Span {
	readonly start: number;
	readonly end: number;
}

function secretSpan(text: string, found: RegExpExecArray, isUrl: boolean): Span | undefined {
	const [whole, rawName, quote, separator] = found as unknown as [string, string, string, string];
	// Only the end of a name tells; `%5Bpassword%5D` is `[password]` to the server.
	const name = decodedName(rawName.slice(-64));
	const kind = keyKind(name);
	const start = found.index + whole.length;
	if (separator[0] === ",")
		return quote === "" ? undefined : listedSpan(text, start, name, separator.includes("value"));
	const isPair = separator === "=";
	if (kind === "plain" && !(isPair && isSecretParameter(name))) return undefined;

	const value = valueSpan(text, start, { isUrl, isQuoted: quote !== "", isPair, name });
	if (value === undefined || value.start === value.end) return undefined;
	const shown = text.slice(value.start, value.end);
	if (NO_SECRET.test(shown)) return undefined;
	if (isPair && isParameter(text, found.index, value.end, isUrl)) return value;
	if (kind === "plain") return undefined;
	const isInQuotes = value.start > start;
	// `passed: auth: 3`, `max_tokens=512`: names that mean a secret only beside a text.
	if (kind !== "secret" && /^\d+[,;.)}\]]*$/.test(shown)) return undefined;
	if (kind === "text" && !isPair && !isInQuotes) return undefined;
	if (!isPair && !isInQuotes && PROSE.test(shown)) return undefined;
	return value;
}

/** The value behind a quoted name and a comma; without a word that says so, only what reads as a header has one there. */
function listedSpan(text: string, start: number, name: string, saysValue: boolean): Span | undefined {
	const isHeader = HEADER_NAMES.has(name.toLowerCase()) || name.includes("-");
	if (keyKind(name) === "plain" || !(saysValue || isHeader)) return undefined;
	const span = quotedSpan(text, start);
	const shown = span && text.slice(span.start, span.end);
	// A list of names holds no values.
	return shown === undefined || shown === "" || HEADER_NAMES.has(shown.toLowerCase()) ? undefined : span;
}

/** Whether the pair is one of a query or of a form: `?a=b`, `&a=b`, `#a=b`, and `a=b&` at the beginning. */
function isParameter(text: string, start: number, end: number, isUrl: boolean): boolean {
	const before = text[start - 1];
	if (before === "?" || before === "&" || before === "#") return true;
	if (before === ";") return isUrl;
	return start === 0 && text[end] === "&";
}

interface Surroundings {
	readonly isUrl: boolean;
	readonly isQuoted: boolean;
	readonly isPair: boolean;
	readonly name: string;
}

function valueSpan(text: string, start: number, around: Surroundings): Span | undefined {
	if (around.isUrl && around.isPair) return matchedSpan(WORD_OF_URL, text, start);
	const quoted = quotedSpan(text, start);
	if (quoted !== undefined) return quoted;
	if (around.isPair) return matchedSpan(WORD_OF_TEXT, text, start);
	if (HEADER_OF_MANY_WORDS.test(around.name) && !around.isQuoted)
		return matchedSpan(REST_OF_LINE, text, start);
	return (
		matchedSpan(GROUP, text, start) ?? matchedSpan(around.isQuoted ? WORD_OF_JSON : WORD_OF_TEXT, text, start)
	);
}

function quotedSpan(text: string, start: number): Span | undefined {
	OPENING.lastIndex = start;
	const opening = OPENING.exec(text);
	if (opening === null) return undefined;
	const first = start + opening[0].length;
	return { start: first, end: closingIndex(text, first, opening[0]) };
}

function matchedSpan(pattern: RegExp, text: string, start: number): Span | undefined {
	pattern.lastIndex = start;
	return pattern.test(text) ? { start, end: pattern.lastIndex } : undefined;
}

/** Where a quoted value ends: at the same quote, with the same backslashes; at the end of the text if cut off. */
function closingIndex(text: string, start: number, opening: string): number {
	if (opening.length > 1) {
		const end = text.indexOf(opening, start);
		return end === -1 ? text.length : end;
	}
	for (let index = start; index < text.length; index++) {
		if (text[index] === "\\") index++;
		else if (text[index] === opening) return index;
	}
	return text.length;
}

function decodedName(name: string): string {
	if (!name.includes("%")) return name;
	return name.replace(/%[0-9a-f]{2}/gi, (encoded) =>
		String.fromCharCode(Number.parseInt(encoded.slice(1), 16)),
	);
}
