import { type Refusal, refuse } from "./parsed.ts";
import type { StandardIssue } from "./standard-schema.ts";

/** What may be said of an issue whose message may not be shown, by zod's codes. */
const GENERIC: ReadonlyMap<unknown, string> = new Map([
	["invalid_type", "is of another type than its schema wants"],
	["invalid_value", "is none of the values its schema allows"],
	["invalid_format", "has another format than its schema wants"],
	["too_small", "is below the minimum of its schema"],
	["too_big", "is above the maximum of its schema"],
]);

/**
 * What an issue says, without the text that was judged. Our own kinds are trusted; a schema's message is dropped
 * for secrets, and for other texts as soon as it might hold a part of them.
 */
export function issueRefusal(issue: StandardIssue, text: string, isConcealed: boolean): Refusal {
	const own = refusalOf(issue.params);
	if (own !== undefined) return own;
	const generic = GENERIC.get(issue.code) ?? "is refused by its schema";
	const message = String(issue.message).replace(/\s+/g, " ").trim();
	const isSafe = !isConcealed && message !== "" && !mayQuote(message, text);
	return refuse(isSafe ? `${generic}: ${message}` : generic, "see what the schema of this variable takes");
}

/** Whether any three characters of the text, plain or decoded, or its length stand in the message. */
export function mayQuote(message: string, text: string): boolean {
	const said = message.toLowerCase();
	const lengths = [text.length, [...text].length, Buffer.byteLength(text)].map(String);
	if (said.match(/\d+/g)?.some((digits) => lengths.includes(digits))) return true;
	const forms = [text, unescaped(text), decodedUri(text), Buffer.from(text, "base64").toString()];
	return forms.some((form) => sharesPiece(said, form.toLowerCase()));
}

function sharesPiece(message: string, text: string): boolean {
	if (text === "") return false;
	const size = Math.min(3, text.length);
	for (let start = 0; start + size <= message.length; start++) {
		const piece = message.slice(start, start + size);
		if (text.includes(piece)) return true;
	}
	return false;
}

/** A JSON text may write any letter as `\u0041`, and zod names unknown keys unescaped. */
function unescaped(text: string): string {
	return text.replace(/\\u([\da-f]{4})/gi, (_, code: string) =>
		String.fromCharCode(Number.parseInt(code, 16)),
	);
}

function decodedUri(text: string): string {
	try {
		return decodeURIComponent(text);
	} catch {
		return text;
	}
}

function refusalOf(params: unknown): Refusal | undefined {
	if (typeof params !== "object" || params === null || !("refusal" in params)) return undefined;
	return params.refusal as Refusal;
}
