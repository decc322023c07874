/**
 * What a name says about the value beside it.
 * - `plain`: nothing.
 * - `secret`: the value is one, whatever it is made of.
 * - `secrets`: several of them; a number is then a count (`maxTokens: 512`).
 * - `text`: a secret when it is text; a number or an object of that name is something else (`auth: { user }`).
 */
export type KeyKind = "plain" | "secret" | "secrets" | "text";

/** What stands in the place of a secret. */
export const REDACTED = "[redacted]";

// Names are compared without case, separators and trailing digits: `X-Api-Key`, `api_key` and `apiKey2` are one.
// Endings and not parts, so that `tokenCount`, `cookieName` and `passwordChangedAt` stay readable.
const SECRET = new RegExp(
	`(?:${[
		"password|passwd|pwd|passphrase|passcode|secret|token|cookie|authorization",
		"(?:cookie|authorization|auth)header|secretkeybase",
		"(?:api|auth|access|secret|private|signing|signature|encryption|shared|sharedaccess|account|master)key",
		"(?:subscription|functions|session|license)key",
		"sessionid|sessid|csrfid|xsrfid",
		"(?:card|cc|creditcard)(?:number|num|no)|creditcard|cvv|cvc|(?:card)?securitycode|cardpin|userpin|pincode",
		"otp|(?:otp|totp|onetime|verification|auth|authorization|mfa|2fa|twofactor|recovery|backup|reset|login)code",
		"codeverifier|oauthverifier|samlresponse|samlassertion|clientassertion",
	].join("|")})(s?)$`,
);
const TEXT =
	/^(?:(?:basic|http|proxy|smtp|redis|master)?auth|(?:user|db|smtp|mail|redis|require|admin)?pass|pin|csrf|xsrf|sid|connectsid|session|credentials?)$|jwts?$/;
// Pagination and cancellation, which are called tokens and open nothing.
const HARMLESS = /(?:page|next|continuation|cancel|cancellation|sync|cursor|skip|start)tokens?$/;
// `passwordHash`, `tokenValue`, `password_confirmation`: the secret again.
const AGAIN = /(?:hash(?:ed)?|digest|value|string|confirm(?:ation)?|repeat|again)$/;
const NUMBER = /(?<!\d)\d+$/;

/** In a query these names mean a secret; as a key of an object they mostly mean something else (`error.code`). */
const PARAMETER = /^(?:code|key|sig|ticket|assertion|hmac)$|(?:signature|credential)$/;

const CACHED_NAMES = 2_000;
const CACHED_CHARACTERS = 64;
const kinds = new Map<string, KeyKind>();

/** What the name of a header, a field or a variable says about its value. */
export function keyKind(name: string): KeyKind {
	const known = kinds.get(name);
	if (known !== undefined) return known;
	const kind = judge(compactName(name));
	// Names come from requests too: the cache may neither grow nor hold long ones.
	if (name.length <= CACHED_CHARACTERS) {
		if (kinds.size >= CACHED_NAMES) kinds.clear();
		kinds.set(name, kind);
	}
	return kind;
}

/** Whether a query parameter of this name holds a secret. */
export function isSecretParameter(name: string): boolean {
	return keyKind(name) !== "plain" || PARAMETER.test(compactName(name));
}

/** How many names are remembered: for the test of the bound. */
export function rememberedNames(): number {
	return kinds.size;
}

function judge(name: string): KeyKind {
	if (HARMLESS.test(name)) return "plain";
	const match = SECRET.exec(name);
	if (match !== null) return match[1] === "" ? "secret" : "secrets";
	return TEXT.test(name) ? "text" : "plain";
}

// Only the end of a name tells, and a bound keeps a name of a megabyte from costing more than one of 64 letters.
function compactName(name: string): string {
	const letters = name
		.slice(-CACHED_CHARACTERS)
		.toLowerCase()
		.replace(/[^a-z0-9]/g, "");
	return letters.replace(NUMBER, "").replace(AGAIN, "").replace(NUMBER, "");
}
