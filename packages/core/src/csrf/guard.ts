import { shown } from "../checks.ts";
import type { Exchange, OpenRoom, Verdict } from "../exchange/exchange.ts";
import type { Notice, Surroundings } from "../exchange/room.ts";
import { problem } from "../problem.ts";
import { isYes } from "../yes-or-no.ts";
import { isAtStake } from "./at-stake.ts";
import type { CsrfPolicy } from "./csrf.ts";
import { type Stranger, strangerBehind } from "./sender.ts";

export function createGuard(policy: CsrfPolicy, { notice }: Surroundings): OpenRoom {
	/** One notice for each kind of sender: who sends is the client's to write, and must not fill the log. */
	const told = new Set<Stranger>();

	function enter(exchange: Exchange): Verdict | undefined {
		const { request } = exchange;
		if (isSafe(exchange)) return undefined;
		const stranger = strangerBehind(exchange);
		if (stranger === undefined || exchange.isTrustedSite || isTrusted(request.headers.origin))
			return undefined;
		if (!isAtStake(request) || isYes(policy.skip?.(exchange.native))) return undefined;
		if (!told.has(stranger)) {
			told.add(stranger);
			notice(...refused(stranger, request.headers.origin));
		}
		return problem({ status: 403, message: DETAILS[stranger] }, 403, exchange.requestId);
	}

	function isTrusted(origin: string | undefined): boolean {
		return origin !== undefined && policy.trusts(origin);
	}

	return { enter };
}

/** Methods that change nothing (RFC 9110, section 9.2.1), but for a WebSocket, which is a GET and goes on both ways. */
const SAFE = ["GET", "HEAD", "OPTIONS"];

function isSafe({ request }: Exchange): boolean {
	return SAFE.includes(request.method!) && request.headers.upgrade?.toLowerCase() !== "websocket";
}

/** What a stranger may know. What to configure, the log tells. */
const DETAILS: Readonly<Record<Stranger, string>> = {
	"cross-site": "A page of another site has sent this request.",
	"same-site": "A page of another origin of this site has sent this request.",
	"other-origin": "A page of another origin than the host that was asked for has sent this request.",
	"null-origin": "The browser does not say which page has sent this request.",
};

function refused(stranger: Stranger, origin: string | undefined): Notice {
	return [
		"CSRF_REFUSED",
		`a request that a browser sent for ${origin === undefined ? "a page that it did not name" : `a page of ${shown(origin)}`} was refused (${stranger}); further ones are refused in silence`,
		stranger === "null-origin"
			? 'https, or headers: { referrerPolicy: { policy: "same-origin" } }'
			: 'csrf: { trustedOrigins: ["https://..."] } if that page may act for your users; csrf.skip for a path that anybody may ' +
				"post to; proxy, where one in front changes the host",
	];
}
