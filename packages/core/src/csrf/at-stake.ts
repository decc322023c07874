import type { IncomingMessage } from "node:http";
import type { TLSSocket } from "node:tls";

/**
 * Whether a page of another site gains anything by a request: it goes out with what the browser knows of the user, or is a
 * form that could log the user in as somebody else. What a script sends with a token of its own is neither.
 */
export function isAtStake(request: IncomingMessage): boolean {
	return hasCredentials(request) || isForm(request);
}

/** Schemes that a browser answers by itself once the user has logged in (RFC 7617, 7616, 4559); a token it never adds. */
const BROWSERS_OWN = /^\s*(?:basic|digest|negotiate|ntlm)\b/i;

/** What a browser adds by itself: cookies, a password that it has asked for, a certificate. */
function hasCredentials({ headers, socket }: IncomingMessage): boolean {
	return (
		Boolean(headers.cookie) ||
		BROWSERS_OWN.test(headers.authorization ?? "") ||
		(socket as TLSSocket).authorized === true
	);
}

/** What a form can send (HTML standard, `enctype`). */
const FORM_TYPES = /^\s*(?:application\/x-www-form-urlencoded|multipart\/form-data|text\/plain)\s*(?:;|$)/i;

/**
 * A form of another site needs no cookie to log its visitor in: browsers take the session that it gets from such an answer,
 * `SameSite=Lax` or not. From what a script of another site gets they do not.
 */
function isForm({ headers }: IncomingMessage): boolean {
	const mode = headers["sec-fetch-mode"];
	return mode === undefined ? FORM_TYPES.test(headers["content-type"] ?? "") : mode === "navigate";
}
