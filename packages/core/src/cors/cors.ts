import { type Check, type Checks, either, flag, listOf, text } from "../checks.ts";
import type { Fault } from "../errors.ts";
import type { Exchange, OpenRoom, Verdict } from "../exchange/exchange.ts";
import type { RequestRoom } from "../exchange/room.ts";
import { deepFreeze } from "../freeze.ts";

export interface CorsOptions {
	/** The sites that may read answers: `"*"`, a list of origins, or a function that says yes or no to one. */
	origin?: "*" | readonly string[] | ((origin: string) => boolean) | undefined;
	/** Whether those sites may send cookies along. Never together with `"*"`. */
	credentials?: boolean | undefined;
}

export interface CorsValues {
	origin: "*" | readonly string[] | ((origin: string) => boolean);
	credentials: boolean;
}

const DEFAULTS: CorsValues = { origin: [], credentials: false };

const origin = text(
	/^https?:\/\/[^/?#@]+$/,
	"an origin, without a path or a slash behind it",
	"https://app.example.com",
);
const wildcard: Check = { expected: '"*"', example: '"*"', accepts: (value) => value === "*" };
const predicate: Check = {
	expected: "a function of one origin",
	example: '(origin) => origin.endsWith(".example.com")',
	accepts: (value) => typeof value === "function",
};

const CHECKS: Checks<CorsValues> = {
	origin: either(listOf(origin), wildcard, predicate),
	credentials: flag(false),
};

function coherence(values: Readonly<CorsValues>): readonly Fault[] {
	if (values.origin !== "*" || !values.credentials) return [];
	return [
		{
			code: "CORS_WILDCARD_CREDENTIALS",
			at: "cors",
			problem: 'has origin "*" with credentials: every site could act with your users\' cookies',
			hint: 'cors: { origin: ["https://app.example.com"], credentials: true }',
		},
	];
}

export interface CorsPolicy {
	readonly allows: (origin: string) => boolean;
	readonly isPublic: boolean;
	readonly credentials: boolean;
	readonly methods: string;
	readonly exposed: string;
	readonly maxAgeSeconds: number;
}

function policy(values: Readonly<CorsValues>): CorsPolicy {
	const { origin, credentials } = values;
	const allowed = new Set(Array.isArray(origin) ? origin.map((entry: string) => entry.toLowerCase()) : []);
	return deepFreeze({
		allows: typeof origin === "function" ? origin : (from: string) => allowed.has(from),
		isPublic: origin === "*",
		credentials,
		methods: "GET,HEAD,PUT,PATCH,POST,DELETE",
		exposed: "x-request-id, ratelimit, ratelimit-policy, retry-after",
		// Browsers cap it themselves: Chromium at two hours (Fetch standard, CORS-preflight cache).
		maxAgeSeconds: 7_200,
	});
}

function enter(policy: CorsPolicy, exchange: Exchange): Verdict | undefined {
	const { request, response } = exchange;
	const from = request.headers.origin;
	// A cache must not hand the answer for one site to another, nor the one without CORS to a site that has it.
	if (!policy.isPublic) response.appendHeader("Vary", "Origin");
	if (from === undefined || !(policy.isPublic || isAllowed(policy, from))) return undefined;
	response.setHeader("Access-Control-Allow-Origin", policy.isPublic ? "*" : from);
	// Of all else a page is told the plain ones only.
	response.setHeader("Access-Control-Expose-Headers", policy.exposed);
	if (policy.credentials) response.setHeader("Access-Control-Allow-Credentials", "true");
	if (request.method !== "OPTIONS" || request.headers["access-control-request-method"] === undefined)
		return undefined;
	const wanted = request.headers["access-control-request-headers"];
	return {
		status: 204,
		headers: [
			["access-control-allow-methods", policy.methods],
			...(wanted === undefined ? [] : [["access-control-allow-headers", wanted] as const]),
			["access-control-max-age", String(policy.maxAgeSeconds)],
			["vary", "Origin, Access-Control-Request-Headers"],
		],
		body: "",
	};
}

/** `null` is what sandboxed frames and local files send: whoever allows it allows everybody. */
function isAllowed(policy: CorsPolicy, origin: string): boolean {
	if (origin === "null") return false;
	try {
		return policy.allows(origin.toLowerCase()) === true;
	} catch {
		return false;
	}
}

export const CORS: RequestRoom<CorsValues, CorsPolicy> = {
	key: "cors",
	purpose: "Other sites that read answers meant for yours",
	DEFAULTS,
	CHECKS,
	coherence,
	policy,
	create: (policy): OpenRoom => ({ enter: (exchange) => enter(policy, exchange) }),
};
