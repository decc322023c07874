import { currentExchange } from "./exchange/current.ts";
import type { RequestContext } from "./exchange/exchange.ts";

export type { RequestContext, TraceContext } from "./exchange/exchange.ts";

/** The request that the caller serves, however deep in it; `undefined` outside of one, never another one's. */
export function getContext(): RequestContext | undefined {
	return currentExchange()?.context;
}

/** The id of the request that the caller serves. */
export function requestId(): string | undefined {
	return currentExchange()?.requestId || undefined;
}

/**
 * The Content-Security-Policy nonce of this request, for `<script nonce>`. Made when first asked for, and only then
 * does the policy allow it: ask before the response's headers are sent. `undefined` where no policy has a place for
 * one (`"'nonce'"` in a directive; the preset `web` has it).
 */
export function cspNonce(): string | undefined {
	return currentExchange()?.openNonce?.();
}
