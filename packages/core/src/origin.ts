import { type Check, text } from "./checks.ts";

/** An origin as an option takes it: without what a browser never sends, and without what only looks like a pattern. */
const WRITTEN = /^https?:\/\/[^\s/?#@*,\\]+$/i;

const written = text(WRITTEN, "an origin, without a path or a slash behind it", "https://app.example.com");

export const origin: Check = {
	...written,
	accepts: (value) => written.accepts(value) && URL.canParse(value as string),
};

/** An origin as browsers send it: in lower case, the host in ASCII, without the port that goes without saying. */
export function normalOrigin(entry: string): string {
	return new URL(entry).origin;
}

/** No name in DNS is longer (RFC 1035, section 2.3.4), and no port has more figures. */
const SENT = /^[a-z][a-z0-9+.-]{0,31}:\/\/[a-z0-9._~:[\]-]{1,259}$/i;

/** Whether a request's Origin can be one. `null` is what sandboxed frames and local files send: it is nobody's. */
export function isOrigin(sent: string): boolean {
	return SENT.test(sent);
}
