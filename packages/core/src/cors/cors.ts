import { type Check, type Checks, either, flag, listOf, text, wholeNumber } from "../checks.ts";
import type { Fault } from "../errors.ts";
import type { Exchange, HeaderPair, OpenRoom, Verdict } from "../exchange/exchange.ts";
import type { RequestRoom, Surroundings } from "../exchange/room.ts";
import { deepFreeze } from "../freeze.ts";
import { origin } from "../origin.ts";
import { decision } from "../yes-or-no.ts";
import { type Allows, compileAllows } from "./allows.ts";
import { keepVary } from "./keep-vary.ts";
import { pattern } from "./pattern.ts";

export interface CorsOptions {
	/**
	 * The sites that may read answers: `"*"`, a list of origins and of patterns for whole ones, or a function that answers at
	 * once. A function that says yes to everybody is worse than `"*"`: with `credentials` every site acts as your users do.
	 */
	origin?: "*" | readonly (string | RegExp)[] | ((origin: string) => boolean) | undefined;
	/** Whether those sites may send cookies along. Never together with `"*"`. */
	credentials?: boolean | undefined;
	/** The methods that those sites may use, in upper case; GET, HEAD and POST they may in any case (Fetch standard). */
	methods?: readonly string[] | undefined;
	/** The headers that those sites may send; whatever the browser asks for, where nothing is said. */
	allowedHeaders?: readonly string[] | undefined;
	/** The headers that those sites may read, beside the plain ones (Fetch standard) and the one with the request's id. */
	exposedHeaders?: readonly string[] | undefined;
	/** How long a browser may remember what a preflight has said. Chromium does for 2 hours at most, Firefox for 24. */
	maxAgeSeconds?: number | undefined;
}

export interface CorsValues {
	origin: "*" | readonly (string | RegExp)[] | ((origin: string) => boolean);
	credentials: boolean;
	methods: readonly string[];
	allowedHeaders: readonly string[] | undefined;
	exposedHeaders: readonly string[];
	maxAgeSeconds: number;
}

const DEFAULTS: CorsValues = {
	origin: [],
	credentials: false,
	methods: ["GET", "HEAD", "PUT", "PATCH", "POST", "DELETE"],
	allowedHeaders: undefined,
	exposedHeaders: ["ratelimit", "ratelimit-policy", "retry-after"],
	maxAgeSeconds: 7_200,
};

const wildcard: Check = { expected: '"*"', example: '"*"', accepts: (value) => value === "*" };
// With credentials browsers take `*` for the name of a header.
const headerNames = listOf(text(/^[a-z0-9_.-]+$/i, "the name of a header", "x-total-count"));

const CHECKS: Checks<CorsValues> = {
	origin: either(
		listOf(either(origin, pattern)),
		wildcard,
		decision('(origin) => origin.endsWith(".example.com")'),
	),
	credentials: flag(false),
	methods: listOf(text(/^[A-Z][A-Z-]*$/, "a method in upper case", "PATCH")),
	allowedHeaders: headerNames,
	exposedHeaders: headerNames,
	maxAgeSeconds: wholeNumber({ min: 0, max: 86_400, example: 600, unit: "seconds" }),
};

function coherence({ origin, credentials }: Readonly<CorsValues>): readonly Fault[] {
	if (origin === "*" && credentials) return [EVERYBODY_WITH_COOKIES];
	return Array.isArray(origin) && origin.length === 0 ? [NOBODY] : [];
}

const EVERYBODY_WITH_COOKIES: Fault = {
	code: "CORS_WILDCARD_CREDENTIALS",
	at: "cors",
	problem: 'has origin "*" with credentials: every site could act with your users\' cookies',
	hint: 'cors: { origin: ["https://app.example.com"], credentials: true }',
};

const NOBODY: Fault = {
	code: "OPTIONS_INCOHERENT",
	at: "cors",
	problem: "names no site, so none could read an answer",
	hint: 'cors: { origin: ["https://app.example.com"] }, or cors: false',
};

export interface CorsPolicy {
	readonly allows: ReturnType<typeof compileAllows>;
	readonly isPublic: boolean;
	readonly credentials: boolean;
	/** What a site that may send cookies may do with them: one that may only read is not to act. */
	readonly methods: readonly string[];
	readonly exposed: string;
	/** The same behind the header with the request's id. */
	readonly exposedToo: string;
	/** What every preflight is told. */
	readonly preflight: readonly HeaderPair[];
	readonly echoesHeaders: boolean;
}

function policy(values: Readonly<CorsValues>): CorsPolicy {
	const { origin, credentials, methods, allowedHeaders, exposedHeaders, maxAgeSeconds } = values;
	return deepFreeze({
		allows: compileAllows(origin),
		isPublic: origin === "*",
		credentials,
		methods,
		exposed: exposedHeaders.join(", "),
		exposedToo: exposedHeaders.map((name) => `, ${name}`).join(""),
		preflight: [
			["access-control-allow-methods", methods.join(",")],
			...((allowedHeaders ?? []).length === 0
				? []
				: [["access-control-allow-headers", allowedHeaders!.join(", ")] as const]),
			["access-control-max-age", String(maxAgeSeconds)],
		],
		echoesHeaders: allowedHeaders === undefined,
	});
}

function enter(policy: CorsPolicy, allows: Allows, exchange: Exchange): Verdict | undefined {
	const { request, response } = exchange;
	const from = request.headers.origin;
	if (policy.isPublic) {
		// The same for everybody, also for who did not ask: a cache may hand it to who does (Fetch standard, CORS and caching).
		response.setHeader("Access-Control-Allow-Origin", "*");
	} else {
		// A cache must not hand the answer for one site to another, nor the one without CORS to a site that has it.
		keepVary(response);
		if (from === undefined || !allows(from.toLowerCase())) return undefined;
		response.setHeader("Access-Control-Allow-Origin", from);
		if (policy.credentials) response.setHeader("Access-Control-Allow-Credentials", "true");
		exchange.isTrustedSite = policy.credentials && policy.methods.includes(request.method!);
	}
	// Of all else a page is told the plain ones only.
	const exposed =
		exchange.requestIdHeader === "" ? policy.exposed : exchange.requestIdHeader + policy.exposedToo;
	if (exposed !== "") response.setHeader("Access-Control-Expose-Headers", exposed);
	const isPreflight =
		request.method === "OPTIONS" &&
		from !== undefined &&
		request.headers["access-control-request-method"] !== undefined;
	return isPreflight ? answerPreflight(policy, exchange) : undefined;
}

/** A list of names of headers, as browsers write it. */
const NAMES = /^[\w!#$%&'*+.^`|~, -]+$/;

function answerPreflight(policy: CorsPolicy, { request, response }: Exchange): Verdict {
	const wanted = request.headers["access-control-request-headers"];
	const echoed = policy.echoesHeaders && wanted !== undefined && NAMES.test(wanted) ? wanted : undefined;
	if (policy.echoesHeaders) response.appendHeader("Vary", "Access-Control-Request-Headers");
	return {
		status: 204,
		headers:
			echoed === undefined
				? policy.preflight
				: [...policy.preflight, ["access-control-allow-headers", echoed]],
		body: "",
	};
}

export const CORS: RequestRoom<CorsValues, CorsPolicy> = {
	key: "cors",
	purpose: "Other sites that read answers meant for yours",
	DEFAULTS,
	CHECKS,
	coherence,
	policy,
	create(policy, { notice }: Surroundings): OpenRoom {
		const allows = policy.allows(notice);
		return { enter: (exchange) => enter(policy, allows, exchange) };
	},
};
