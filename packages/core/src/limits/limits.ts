import { type Checks, wholeNumber } from "../checks.ts";
import type { Exchange, OpenRoom, RequestLimits, Verdict } from "../exchange/exchange.ts";
import type { Place, RequestRoom, Surroundings } from "../exchange/room.ts";
import { deepFreeze } from "../freeze.ts";
import { comesUncounted, countBody } from "./count.ts";
import { refusalOf } from "./head.ts";

export interface LimitsOptions {
	/**
	 * Bytes of a body as they come over the wire, whoever reads them: a parser, multer, a pipe. More is answered 413. The
	 * default is Fastify's `bodyLimit`, and ten times what Express' parsers take. A route for uploads says its own.
	 */
	maxBodyBytes?: number | undefined;
	/**
	 * Levels of objects and lists in a parsed body; more is answered 400. Code that walks a body by calling itself runs out
	 * of stack at some thousands. The default is what .NET's System.Text.Json reads; body-parser reads 32 of a form.
	 */
	maxDepth?: number | undefined;
	/** Keys of all objects in a parsed body together; more is answered 400. 100 kB of JSON, all that Express' parser takes, rarely hold more. */
	maxKeys?: number | undefined;
	/**
	 * Parameters of a query, and of a form where Fastify parses it; more is answered 400, where qs would leave them out
	 * unsaid. The default is that of qs and body-parser (`parameterLimit`) and of Django (`DATA_UPLOAD_MAX_NUMBER_FIELDS`).
	 */
	maxParameters?: number | undefined;
	/**
	 * Bytes of a URL with its query; more is answered 414. RFC 9110, section 4.1, wants 8,000 to be possible. Node answers a
	 * head of more than 16 KiB in all with 431 (`--max-http-header-size`).
	 */
	maxUrlBytes?: number | undefined;
}

export interface LimitsValues {
	maxBodyBytes: number;
	maxDepth: number;
	maxKeys: number;
	maxParameters: number;
	maxUrlBytes: number;
}

const DEFAULTS: LimitsValues = {
	maxBodyBytes: 1_048_576,
	maxDepth: 64,
	maxKeys: 10_000,
	maxParameters: 1_000,
	maxUrlBytes: 8_192,
};

const CHECKS: Checks<LimitsValues> = {
	maxBodyBytes: wholeNumber({ min: 1, unit: "bytes", example: 5_242_880 }),
	maxDepth: wholeNumber({ min: 1, example: 64 }),
	maxKeys: wholeNumber({ min: 1, example: 10_000 }),
	maxParameters: wholeNumber({ min: 1, example: 1_000 }),
	maxUrlBytes: wholeNumber({ min: 1, unit: "bytes", example: 8_192 }),
};

export type LimitsPolicy = RequestLimits;

function policy(values: Readonly<LimitsValues>): LimitsPolicy {
	return deepFreeze({ ...values });
}

function create(policy: LimitsPolicy, _surroundings: Surroundings, place: Place): OpenRoom {
	return { enter: (exchange) => enter(policy, place, exchange), limits: policy };
}

function enter(policy: LimitsPolicy, place: Place, exchange: Exchange): Verdict | undefined {
	// A body that is being counted already: the app has looked for the widest limit ahead, and each part may narrow it.
	const opened = exchange.bodyBytes === undefined ? Number.POSITIVE_INFINITY : exchange.limits!.maxBodyBytes;
	exchange.limits = policy;
	const isUncounted = comesUncounted(exchange.request);
	const refusal = refusalOf(exchange, policy);
	// A body that does not say its length may turn out too long when it is too late to ask.
	if (refusal === undefined && !isUncounted) return undefined;
	const all = [policy, ...alternatives(exchange, place).map((own) => ({ ...policy, ...own }))];
	const passing = all.filter((limits) => refusalOf(exchange, limits) === undefined);
	// Who has come too near to the widest of them is told of that one.
	if (passing.length === 0) return refusalOf(exchange, all.reduce(wider)) ?? refusal;
	const widest = passing.reduce(wider);
	exchange.limits = widest.maxBodyBytes > opened ? { ...widest, maxBodyBytes: opened } : widest;
	return isUncounted ? countBody(exchange, exchange.limits) : undefined;
}

function wider(one: RequestLimits, other: RequestLimits): RequestLimits {
	return other.maxBodyBytes > one.maxBodyBytes ? other : one;
}

/** A part decides for itself: nothing that comes behind it allows more. */
function alternatives({ framework, native }: Exchange, place: Place): readonly Partial<RequestLimits>[] {
	const maxBodyBytes = framework.toldBodyBytes?.(native);
	const ahead = place === "app" ? framework.limitsAhead?.(native) : undefined;
	return [...(maxBodyBytes === undefined ? [] : [{ maxBodyBytes }]), ...(ahead ?? [])];
}

export const LIMITS: RequestRoom<LimitsValues, LimitsPolicy> = {
	key: "limits",
	purpose: "Bodies and URLs that are built to exhaust memory, or to change every object of the process",
	DEFAULTS,
	CHECKS,
	policy,
	create,
};
