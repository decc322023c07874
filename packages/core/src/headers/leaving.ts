import type { Exchange, OnHead } from "../exchange/exchange.ts";
import { leavingHeader } from "../exchange/head.ts";
import type { Notice } from "../exchange/room.ts";
import { PAGE_OF_FRAMEWORK } from "./content-security-policy.ts";
import { NO_STORE } from "./settings.ts";

/** What is decided when the head leaves, because only then everybody has said what they had to say. */
export interface LeavingPolicy {
	/** For answers of which nobody says whether they may be kept. */
	readonly cacheControl: string | undefined;
	/** What a page of the framework's own gets in place of its policy; nothing where the app has none to take it from. */
	readonly pageCsp: string | undefined;
	/** Whether the name that Express gives away is taken back. */
	readonly isNameless: boolean;
}

export function createOnHead(policy: LeavingPolicy, notice: (...notice: Notice) => void): OnHead {
	const { cacheControl, pageCsp, isNameless } = policy;
	// Once for the app: each message is remembered, and a path is the client's.
	let hasSaid = false;
	return (exchange, args) => {
		const { response } = exchange;
		const given = leavingHeader(response, args, "cache-control");
		if (given === undefined) {
			// Where both words are the same, nobody has to look for a cookie.
			const value = cacheControl === NO_STORE || isForOne(exchange, args) ? NO_STORE : cacheControl;
			if (value !== undefined) response.setHeader("Cache-Control", value);
		} else if (!hasSaid && isShared(String(given)) && isForOne(exchange, args)) {
			hasSaid = true;
			notice(...cachedForOthers(exchange));
		}
		if (pageCsp !== undefined && response.getHeader("content-security-policy") === PAGE_OF_FRAMEWORK) {
			if (statusOf(exchange, args) >= 300) response.setHeader("Content-Security-Policy", pageCsp);
		}
		// Express writes it for every app that a request enters, behind everything that runs before.
		if (isNameless && response.getHeader("x-powered-by") === "Express") response.removeHeader("X-Powered-By");
	};
}

/** Whether the answer has something in it that is this client's alone. */
function isForOne({ response, hasNonce }: Exchange, args: readonly unknown[]): boolean {
	return hasNonce || leavingHeader(response, args, "set-cookie") !== undefined;
}

/** The program may know that nobody else reads there; what it says stays, and is said once. */
function isShared(cacheControl: string): boolean {
	return /\bpublic\b|\bs-maxage\b/i.test(cacheControl) && !/\bno-store\b|\bprivate\b/i.test(cacheControl);
}

function statusOf({ response }: Exchange, [status]: readonly unknown[]): number {
	return typeof status === "number" ? status : response.statusCode;
}

function cachedForOthers({ framework, native, path, hasNonce }: Exchange): Notice {
	const what = hasNonce ? "has a nonce" : "sets a cookie";
	return [
		"CACHED_FOR_OTHERS",
		`an answer that ${what} may be kept by shared caches, and given to others: ${framework.route(native) ?? path}`,
		"say private or no-store in its Cache-Control, or leave it out",
	];
}
