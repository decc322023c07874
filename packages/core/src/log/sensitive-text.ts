import { cutText, TEXT_BYTES } from "./line-bytes.ts";
import { REDACTED } from "./sensitive-keys.ts";
import { maskPairs } from "./sensitive-pairs.ts";

// Every pattern below is linear: each is anchored to the start of a run by a lookbehind, or bounded.

/** Without any of these a text holds nothing to mask; most texts of a line end here. */
const SUSPECT =
	/[=:]|["'`]\s{0,2},|eyJ|A[KS]IA|-----BEGIN|%(?:25|3[AaDd])|gh[opsur]_|github_pat_|glpat-|sk_(?:live|test)_|xox[abeprs]-|AIza|[Bb][Aa][Ss][Ii][Cc]\s|[Bb][Ee][Aa][Rr][Ee][Rr]\s/;

// A key whose end was cut off is masked to the end of the text.
const PRIVATE_KEY =
	/-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----[\s\S]*?(?:-----END [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----|$)/g;

/** `redis://user:password@host`, up to the last `@` before the path. */
const USERINFO = /:\/\/[^\s/?#"'<>`]{0,1024}@/g;
// A password with a raw slash is no URL any more, and is what "Invalid URL" errors quote. A port is no password.
const BROKEN_USERINFO = /:\/\/[^\s/?#:@[\]"'<>`]{0,128}:(?!\d{0,5}(?:[/?#\s"'<>`]|$))[^\s@"'<>`]{1,256}@/g;

const SCHEME = /\b(bearer|basic)\s{1,4}(?!(?:realm|error|scope|charset)=)([^\s,;"'<>`]+)/gi;
// Prose about a scheme, which is no credential.
const SCHEME_PROSE =
	/^(?:auth|authentication|authorization|authorisation|tokens?|credentials?|scheme|realm|header|error|http|is|was|of|or|and|usage|plan|user|users|info|information|access|types?|support|setup|test|tests|example|level|features?|version)[.:!?)]*$/i;

/** The whole run with a `{"` in base64 and a dot behind it, so that a cut JSON Web Token is found too. */
const WEB_TOKEN = /(?<![\w-])(?=[\w-]+\.[\w-])[\w-]*?eyJ[\w-]*\.[\w-]+(?:\.[\w-]*){0,3}/g;

/** Keys that tell by themselves what they are: AWS, GitHub, GitLab, Stripe, Slack, Google. */
const KNOWN_KEYS =
	/(?:AKIA|ASIA)[A-Z0-9]{16}|\b(?:gh[opsur]_\w{30,}|github_pat_\w{30,}|glpat-[\w-]{16,}|sk_(?:live|test)_\w{10,}|xox[abeprs]-[\w-]{10,}|AIza[\w-]{35})/g;

/** A piece of a URL: the value of a parameter may be a URL itself, with its own secrets, encoded. */
const PIECE = /(?<![^\s"'<>`&?#=])[^\s"'<>`&?#=]+/g;
const ENCODED = /%(?:25|3[AaDd])/;
const ENCODED_LEVELS = 3;

// A secret that is cut in two is not recognised: what lies this near to the edge is masked, and never shown.
const MARGIN = 1_024;

/**
 * A text without its secrets: userinfo and secret parameters of URLs, credentials of `Authorization`, pairs such as
 * `password=...`, JSON Web Tokens, private keys, and keys of a known shape. Longer texts than `maxBytes` are cut.
 */
export function redactText(text: string, maxBytes: number = TEXT_BYTES): string {
	return redactBounded(text, maxBytes, false);
}

/** The target of a request without its secrets; as `redactText`, but it may trust the borders of parameters. */
export function redactUrl(url: string): string {
	return redactBounded(url, TEXT_BYTES, true);
}

function redactBounded(text: string, maxBytes: number, isUrl: boolean): string {
	if (text.length <= maxBytes + MARGIN) return cutText(maskText(text, isUrl, 0), maxBytes);
	const masked = maskText(text.slice(0, maxBytes + MARGIN), isUrl, 0);
	const shown = masked.slice(0, Math.max(0, Math.min(maxBytes, masked.length - MARGIN)));
	return cutText(shown, maxBytes, text.length - maxBytes);
}

function maskText(text: string, isUrl: boolean, level: number): string {
	if (!SUSPECT.test(text)) return text;
	let masked = text;
	if (masked.includes("PRIVATE KEY")) masked = masked.replace(PRIVATE_KEY, REDACTED);
	if (masked.includes("://")) {
		masked = masked.replace(USERINFO, `://${REDACTED}@`).replace(BROKEN_USERINFO, `://${REDACTED}@`);
	}
	masked = masked.replace(SCHEME, maskScheme).replace(KNOWN_KEYS, REDACTED);
	if (masked.includes("eyJ")) masked = masked.replace(WEB_TOKEN, REDACTED);
	if (ENCODED.test(masked)) masked = masked.replace(PIECE, (piece) => maskEncoded(piece, level));
	return maskPairs(masked, isUrl);
}

function maskScheme(found: string, scheme: string, credentials: string): string {
	return SCHEME_PROSE.test(credentials) ? found : `${scheme} ${REDACTED}`;
}

function maskEncoded(piece: string, level: number): string {
	if (!ENCODED.test(piece) || level === ENCODED_LEVELS) return piece;
	const decoded = decodeLoosely(piece);
	return maskText(decoded, false, level + 1) === decoded ? piece : REDACTED;
}

/** As `decodeURIComponent`, but for the parts that can be decoded: one bad escape must not hide the others. */
function decodeLoosely(text: string): string {
	return text.replace(/%[0-9a-f]{2}/gi, (encoded) => {
		const code = Number.parseInt(encoded.slice(1), 16);
		return code < 0x80 ? String.fromCharCode(code) : encoded;
	});
}
