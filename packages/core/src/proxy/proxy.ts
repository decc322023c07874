import { plainAddress } from "../address.ts";
import { TOKEN } from "../bearer.ts";
import { type Checks, either, exactPath, listOf, text, wholeNumber } from "../checks.ts";
import type { Fault } from "../errors.ts";
import type { Exchange, OpenRoom } from "../exchange/exchange.ts";
import type { Notice, Place, RequestRoom, Surroundings } from "../exchange/room.ts";
import { FORWARDED_UNEXPLAINED } from "../exchange/unexplained.ts";
import { createAnswer } from "./answer.ts";
import { believedHost, clientAddress, isSecureRequest, settleForwarded, trustsPeer } from "./forwarded.ts";
import { inForce, type ProxyPolicy, type ProxyValues, policy } from "./policy.ts";
import { schemeDoubt } from "./scheme-doubt.ts";
import { isPrivate, isTrustEntry, TRUST_NAMES } from "./trust.ts";

export type { ProxyPolicy, ProxyValues } from "./policy.ts";

/** Give one of `hops` and `trust`. Believing too much lets every client choose its own address. */
export interface ProxyOptions {
	/** How many proxies stand in front, each of which adds itself to X-Forwarded-For. */
	hops?: number | undefined;
	/**
	 * Addresses, CIDR ranges and names of the proxies in front. Names: `loopback`, `linklocal`, `uniquelocal`, `private`
	 * (those three together), `cloudflare`.
	 */
	trust?: readonly string[] | undefined;
	/**
	 * A header with the client's address alone, such as `cf-connecting-ip`, in place of X-Forwarded-For; believed from
	 * trusted peers only. The proxy must replace what a client sends under that name.
	 */
	clientHeader?: string | undefined;
	/**
	 * Where a GET is told what was seen of it, who is believed and why, and which setting fits. Without a token it is there
	 * in development only, for private addresses; matched exactly, before the program's routes. `false`: nowhere.
	 */
	explainPath?: string | false | undefined;
	/** Who sends `Authorization: Bearer <token>` is explained the chain in production too; for all others nothing is there. */
	token?: string | undefined;
}

const DEFAULTS: ProxyValues = {
	hops: undefined,
	trust: undefined,
	clientHeader: undefined,
	explainPath: "/proxyz",
	token: undefined,
};

const CHECKS: Checks<ProxyValues> = {
	hops: wholeNumber({ min: 0, max: 32, example: 1 }),
	trust: listOf({
		expected: `an address, a CIDR range, or one of ${TRUST_NAMES.join(", ")}`,
		example: '"10.0.0.0/8"',
		accepts: (value) => typeof value === "string" && isTrustEntry(value),
	}),
	clientHeader: text(/^[a-z0-9-]+$/, "the name of a header, in lower case", "cf-connecting-ip"),
	explainPath: either(exactPath("/proxyz"), {
		expected: "false",
		example: "false",
		accepts: (value) => value === false,
	}),
	token: TOKEN,
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

const FRAMEWORK_DECIDES: Notice = [
	"PART_STANDS_DOWN",
	"the app decides itself whom to believe about the client (trust proxy, trustProxy), so proxy does not",
	"take the other one away, or proxy, TRUST_PROXY and the platform",
];

const FRAMEWORK_BELIEVES_ALL: Notice = [
	"PROXY_TRUSTS_ALL",
	"the app's own setting (trust proxy, trustProxy) believes everybody: whoever writes X-Forwarded-For chooses the address " +
		"that is logged and limited",
	"take it away, and TRUST_PROXY=1 (the number of proxies in front); or name their addresses in its place",
];

const FORWARDED_NOT_READ: Notice = [
	"FORWARDED_NOT_READ",
	"a proxy that is believed sends Forwarded (RFC 7239) and no X-Forwarded-For: only the latter is read, so that all " +
		"clients are taken for the proxy",
	"let the proxy send X-Forwarded-For, or name its header with the address alone in proxy.clientHeader",
];

function create(policy: ProxyPolicy, surroundings: Surroundings, place: Place): OpenRoom {
	let isStandingDown = false;
	let hasTold = false;
	const answer = place === "app" ? createAnswer(policy) : undefined;
	return {
		...(answer && { answer }),
		enter(exchange) {
			const { request, framework, native } = exchange;
			const seen = framework.clientAddress(native);
			exchange.clientAddress =
				(seen === undefined ? undefined : plainAddress(seen)) ??
				clientAddress(request, policy.trust, policy.clientHeader);
			exchange.isSecure = framework.isSecure(native) ?? isSecureRequest(request, policy.trust);
			exchange.forwardedHost = forwardedHost(policy, exchange);
			exchange.isAddressDoubtful =
				!policy.isKnown &&
				seen === undefined &&
				request.headers["x-forwarded-for"] !== undefined &&
				isPrivate(exchange.clientAddress, 0);
			if (!exchange.isSecure) exchange.schemeDoubt = schemeDoubt(policy, exchange, seen !== undefined);
			if (!hasTold && place === "app" && seemsBehindProxy(exchange)) {
				hasTold = true;
				surroundings.notice(...FORWARDED_UNEXPLAINED);
			}
			if (seen !== undefined) {
				if (!isStandingDown) standDown(policy, exchange, surroundings);
				isStandingDown = true;
			} else if (policy.isTrusting) {
				enterTrusting(policy, exchange, surroundings);
			}
			return undefined;
		},
	};
}

/**
 * Whether nobody said that there is a proxy, and it looks like one. Anybody can write such headers: they say something only
 * where a peer from a private address has them. Who only watches does not know what an app will say.
 */
function seemsBehindProxy({ isAddressDoubtful, schemeDoubt, clientAddress, framework }: Exchange): boolean {
	if (!isAddressDoubtful && schemeDoubt !== "unexplained") return false;
	return framework.isWatching !== true && (isAddressDoubtful || isPrivate(clientAddress, 0));
}

/** At the first request: Express may be told as late as that. */
function standDown(
	{ isKnown }: ProxyPolicy,
	{ framework, native }: Exchange,
	{ notice }: Surroundings,
): void {
	if (isKnown) notice(...FRAMEWORK_DECIDES);
	if (framework.believesEverybody?.(native)) notice(...FRAMEWORK_BELIEVES_ALL);
}

/** As it was written, where the peer is believed. What is empty names nothing, and frameworks pass it over. */
function forwardedHost({ trust }: ProxyPolicy, { request, framework, native }: Exchange): string | undefined {
	const written = request.headers["x-forwarded-host"];
	if (typeof written !== "string" || written === "") return undefined;
	return (framework.believesHost?.(native) ?? trustsPeer(request, trust)) ? written : undefined;
}

function enterTrusting(
	{ trust, clientHeader }: ProxyPolicy,
	exchange: Exchange,
	{ notice }: Surroundings,
): void {
	const { request } = exchange;
	const { headers } = request;
	if (!trustsPeer(request, trust)) return;
	settleForwarded(request, exchange.isSecure, believedHost(request, trust));
	const isTold = headers["x-forwarded-for"] ?? (clientHeader && headers[clientHeader]);
	if (headers.forwarded !== undefined && isTold === undefined) notice(...FORWARDED_NOT_READ);
}

export const PROXY: RequestRoom<ProxyValues, ProxyPolicy> = {
	key: "proxy",
	purpose: "Clients that choose their own address",
	DEFAULTS,
	CHECKS,
	coherence,
	EXCLUSIVE: [["hops", "trust", "clientHeader"]],
	OFF: { hops: 0, trust: undefined, clientHeader: undefined, explainPath: false, token: undefined },
	inForce,
	policy,
	create,
};
