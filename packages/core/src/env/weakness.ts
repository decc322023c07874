import type { Fault } from "../errors.ts";

/** Below this an attacker who has one signed cookie can try all keys. RFC 7518 3.2: as long as the hash, 256 bits. */
export const MIN_SECRET_BYTES = 32;

/** What to type instead of a weak secret. */
export const STRONG_SECRET_HINT = "make a random one: openssl rand -base64 32";

/**
 * The words that secrets in READMEs and `.env.example` files are made of: `keyboard cat`,
 * `your-super-secret-jwt-token-with-at-least-32-characters-long`, `averylogphrasebiggerthanthirtytwochars`.
 */
const PLACEHOLDER_WORDS =
	/change|replace|insert|enter|your|here|this|that|with|least|minimum|length|bigger|longer|than|long|very|super|secure|strong|complex|random|secret|s3cr3t|password|passw0rd|passphrase|phrase|token|session|cookie|value|string|characters?|chars|thirty|two|bytes?|bits?|keyboard|cat|correct|horse|battery|staple|example|sample|placeholder|default|dummy|test|todo|foo|bar|baz|letmein|welcome|admin|root|qwerty|asdf|abcdef|123456|shhh+|key|jwt|please|must|development|production/g;

/**
 * Why a text can be guessed, without a word about what it is; undefined when it looks random.
 * `minBytes` is for keys that somebody else issues and that are shorter by nature.
 */
export function weakness(text: string, minBytes: number = MIN_SECRET_BYTES): string | undefined {
	const bytes = Math.max(1, minBytes);
	if (isPlaceholder(text, bytes)) return "is a placeholder that attackers know";
	if (Buffer.byteLength(text) < bytes) return `is shorter than ${bytes} bytes`;
	if (isRepetition(text) || isSequence(text)) return "is a pattern, not random";
	// A short text cannot reach three bits a character, however random it is.
	const bits = bytes < MIN_SECRET_BYTES ? 2 : 3;
	if (entropyBits(text) < bits) return `has less than ${bits} bits of entropy a character`;
	return undefined;
}

/** The fault of a variable whose secret is weak. */
export function weakFault(name: string, text: string, minBytes?: number): Fault | undefined {
	const problem = weakness(text, minBytes);
	if (problem === undefined) return undefined;
	return { code: "ENV_WEAK_SECRET", at: name, problem, hint: STRONG_SECRET_HINT };
}

/** Which one of a list it is that is weak; of one alone there is nothing to tell apart. */
export function weakFaults(name: string, texts: readonly string[]): Fault[] {
	return texts.flatMap((text, index) => {
		const fault = weakFault(name, text);
		if (fault === undefined) return [];
		if (texts.length === 1) return [fault];
		return [{ ...fault, problem: `has ${texts.length} secrets, and number ${index + 1} ${fault.problem}` }];
	});
}

/** Two variables with one secret: who learns one has both, and neither can be rotated alone. */
export function reusedSecrets(secrets: readonly { readonly name: string; readonly text: string }[]): Fault[] {
	return secrets.flatMap(({ name, text }, index) => {
		const first = secrets.slice(0, index).find((other) => other.text === text);
		if (first === undefined) return [];
		const where = first.name === name ? "twice in this variable" : `in ${first.name} too`;
		const problem = `holds a secret that stands ${where}`;
		return [{ code: "ENV_WEAK_SECRET", at: name, problem, hint: `${STRONG_SECRET_HINT}, one a purpose` }];
	});
}

/** Made of known words, with too little between them to hold a secret. */
function isPlaceholder(text: string, minBytes: number): boolean {
	const bare = text.toLowerCase().replace(/[^\p{L}\p{N}]/gu, "");
	const rest = bare.replace(PLACEHOLDER_WORDS, "");
	return rest.length < bare.length && rest.length < Math.min(16, minBytes / 2);
}

/** One unit over and over, the last one perhaps cut: the prefix function of Knuth, Morris and Pratt. */
function isRepetition(text: string): boolean {
	const borders = [0];
	for (let i = 1; i < text.length; i++) {
		let border = borders[i - 1]!;
		while (border > 0 && text[i] !== text[border]) border = borders[border - 1]!;
		borders.push(text[i] === text[border] ? border + 1 : 0);
	}
	return text.length - borders.at(-1)! <= text.length / 2;
}

/** `abcdefgh`, `12345678`: most characters are the neighbour of the one before. */
function isSequence(text: string): boolean {
	let steps = 0;
	for (let i = 1; i < text.length; i++) {
		if (Math.abs(text.charCodeAt(i) - text.charCodeAt(i - 1)) === 1) steps++;
	}
	return steps > text.length / 2;
}

/** Shannon's entropy of the characters, in bits a character. */
function entropyBits(text: string): number {
	const counts = new Map<string, number>();
	const characters = [...text];
	for (const character of characters) counts.set(character, (counts.get(character) ?? 0) + 1);
	let bits = 0;
	for (const count of counts.values()) {
		const share = count / characters.length;
		bits -= share * Math.log2(share);
	}
	return bits;
}
