import { timingSafeEqual } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { type Check, text } from "./checks.ts";

/** A token that opens what the operator alone may see. */
export const TOKEN: Check = {
	...text(/^[\x21-\x7e]{16,}$/, "at least 16 characters without spaces", "..."),
	isSecret: true,
};

/** Whether a request has `Authorization: Bearer <token>`; how long that takes tells nothing of the token. */
export function bearsToken(request: IncomingMessage, token: string): boolean {
	const given = Buffer.from(request.headers.authorization ?? "");
	const expected = Buffer.from(`Bearer ${token}`);
	return given.length === expected.length && timingSafeEqual(given, expected);
}
