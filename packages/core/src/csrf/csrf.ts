import { type Checks, listOf } from "../checks.ts";
import type { RequestRoom } from "../exchange/room.ts";
import { deepFreeze } from "../freeze.ts";
import { normalOrigin, origin } from "../origin.ts";
import { decision } from "../yes-or-no.ts";
import { createGuard } from "./guard.ts";

export interface CsrfOptions<Request = unknown> {
	/**
	 * Other sites whose pages may change something in the name of your users: whoever runs a script there can do what they can.
	 * Sites that `cors` allows with credentials need not be named again.
	 */
	trustedOrigins?: readonly string[] | undefined;
	/**
	 * Requests that another site's page may send all the same, because something else tells that they are genuine: the signed
	 * answer of an identity provider, say. Asked at once, and only about those that would be refused.
	 */
	skip?: ((request: Request) => boolean) | undefined;
}

export interface CsrfValues {
	trustedOrigins: readonly string[];
	skip: ((request: never) => boolean) | undefined;
}

const DEFAULTS: CsrfValues = { trustedOrigins: [], skip: undefined };

const CHECKS: Checks<CsrfValues> = {
	trustedOrigins: listOf(origin),
	skip: decision('(request) => request.url === "/saml/callback"'),
};

export interface CsrfPolicy {
	readonly trusts: (origin: string) => boolean;
	readonly skip: ((request: unknown) => unknown) | undefined;
}

function policy({ trustedOrigins, skip }: Readonly<CsrfValues>): CsrfPolicy {
	const trusted = new Set(trustedOrigins.map(normalOrigin));
	return deepFreeze({
		trusts: (from: string) => trusted.has(from.toLowerCase()),
		skip: skip as CsrfPolicy["skip"],
	});
}

export const CSRF: RequestRoom<CsrfValues, CsrfPolicy> = {
	key: "csrf",
	purpose: "Pages of other sites that act with your users' cookies",
	DEFAULTS,
	CHECKS,
	policy,
	create: createGuard,
};
