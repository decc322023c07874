import { plainAddress } from "../address.ts";
import { type Checks, listOf, text, wholeNumber } from "../checks.ts";
import type { Fault } from "../errors.ts";
import type { Exchange, OpenRoom } from "../exchange/exchange.ts";
import type { RequestRoom } from "../exchange/room.ts";
import { clientAddress, forwardedHost, isSecureRequest } from "./forwarded.ts";
import { compileTrust, isTrustEntry, type Trust, trustHops } from "./trust.ts";

/** Give one of `hops` and `trust`. Believing too much lets every client choose its own address. */
export interface ProxyOptions {
	/** How many proxies stand in front, each of which adds itself to X-Forwarded-For. */
	hops?: number | undefined;
	/** Addresses, CIDR ranges and names (`loopback`, `linklocal`, `uniquelocal`) of the proxies in front. */
	trust?: readonly string[] | undefined;
	/** A header with the client's address alone, such as `cf-connecting-ip`; believed from trusted peers only. */
	clientHeader?: string | undefined;
}

export interface ProxyValues {
	hops: number | undefined;
	trust: readonly string[] | undefined;
	clientHeader: string | undefined;
}

const DEFAULTS: ProxyValues = { hops: undefined, trust: undefined, clientHeader: undefined };

const CHECKS: Checks<ProxyValues> = {
	hops: wholeNumber({ min: 0, max: 32, example: 1 }),
	trust: listOf({
		expected: "an address, a CIDR range, loopback, linklocal or uniquelocal",
		example: '"10.0.0.0/8"',
		accepts: (value) => typeof value === "string" && isTrustEntry(value),
	}),
	clientHeader: text(/^[a-z0-9-]+$/, "the name of a header, in lower case", "cf-connecting-ip"),
};

function coherence(values: Readonly<ProxyValues>): readonly Fault[] {
	if (values.hops === undefined || values.trust === undefined) return [];
	return [
		{
			code: "OPTIONS_INCOHERENT",
			at: "proxy",
			problem: "has both hops and trust, and they may contradict each other",
			hint: "proxy: { hops: 1 } or proxy: { trust: [...] }",
		},
	];
}

export interface ProxyPolicy {
	readonly trust: Trust;
	readonly clientHeader: string | undefined;
	/** Somebody has said whether there are proxies: the program, the environment or the platform. */
	readonly isKnown: boolean;
	/** There is a proxy to be believed. */
	readonly isTrusting: boolean;
}

function policy(values: Readonly<ProxyValues>): ProxyPolicy {
	const { hops, trust, clientHeader } = values;
	return Object.freeze({
		trust: trust === undefined ? trustHops(hops ?? 0) : compileTrust(trust),
		clientHeader,
		isKnown: hops !== undefined || trust !== undefined,
		isTrusting: (hops ?? 0) > 0 || (trust?.length ?? 0) > 0,
	});
}

const isPrivate = compileTrust(["loopback", "linklocal", "uniquelocal"]);

function enter(policy: ProxyPolicy, exchange: Exchange): undefined {
	const { request, framework, native } = exchange;
	const seen = framework.clientAddress(native);
	exchange.clientAddress =
		(seen === undefined ? undefined : plainAddress(seen)) ??
		clientAddress(request, policy.trust, policy.clientHeader);
	exchange.isSecure = framework.isSecure(native) ?? isSecureRequest(request, policy.trust);
	exchange.forwardedHost = forwardedHost(request, policy.trust);
	exchange.isAddressDoubtful =
		!policy.isKnown &&
		seen === undefined &&
		request.headers["x-forwarded-for"] !== undefined &&
		isPrivate(exchange.clientAddress, 0);
}

export const PROXY: RequestRoom<ProxyValues, ProxyPolicy> = {
	key: "proxy",
	purpose: "Clients that choose their own address",
	DEFAULTS,
	CHECKS,
	coherence,
	EXCLUSIVE: [["hops", "trust", "clientHeader"]],
	OFF: { hops: 0, trust: undefined, clientHeader: undefined },
	policy,
	create: (policy): OpenRoom => ({ enter: (exchange) => enter(policy, exchange) }),
};
