import { randomBytes } from "node:crypto";
import type { HelmetOptions } from "helmet";
import type { Fault } from "../errors.ts";
import type { Exchange, HeaderPair, OnHead } from "../exchange/exchange.ts";
import { watchHead } from "../exchange/head.ts";
import type { Facts, RequestRoom } from "../exchange/room.ts";
import { deepFreeze } from "../freeze.ts";
import { keepHead, setMissing } from "../head/keep-head.ts";
import {
	hasFunctions,
	type Middleware,
	NONCE,
	pagePolicy,
	REPORTS,
	withDirectivesOf,
	withNonce,
	withoutUpgrade,
	withReports,
} from "./content-security-policy.ts";
import { createOnHead, type LeavingPolicy } from "./leaving.ts";
import { loadHelmet, type Recording, recordHelmet } from "./record.ts";
import { CHECKS, DEFAULTS, type HeadersValues, SPELLINGS } from "./settings.ts";

const { validateHeaderValue } = process.getBuiltinModule("node:http");

export type { HeadersOptions, HeadersValues } from "./settings.ts";

/** All that a response gets, decided once. */
export interface HeadersPolicy {
	readonly plain: readonly HeaderPair[];
	readonly secure: readonly HeaderPair[];
	readonly remove: readonly string[];
	/** The header that holds the Content-Security-Policy, or only reports by it. */
	readonly cspName: string;
	/** A Content-Security-Policy that is not the same for every request. */
	readonly nonceCsp: NonceCsp | undefined;
	readonly functionCsp: Middleware | undefined;
	readonly leaving: LeavingPolicy;
}

/** What helmet is given: without what was left to it, and what it does not know. */
function helmetOptions(values: Readonly<HeadersValues>): HelmetOptions {
	const { permissionsPolicy: _p, cacheControl: _c, reportTo, clearSiteData: _s, ...rest } = values;
	const options: HelmetOptions = Object.fromEntries(
		Object.entries(rest).filter(([, value]) => value !== undefined),
	);
	if (reportTo === false) return options;
	return { ...options, contentSecurityPolicy: withReports(options.contentSecurityPolicy, reportTo) };
}

/** The headers that helmet does not know. */
function ownHeaders({ permissionsPolicy, reportTo, clearSiteData }: Readonly<HeadersValues>): HeaderPair[] {
	const own: HeaderPair[] = [];
	if (permissionsPolicy !== false) own.push(["Permissions-Policy", permissionsPolicy]);
	if (reportTo !== false) own.push(["Reporting-Endpoints", `${REPORTS}="${reportTo}"`]);
	if (clearSiteData) own.push(["Clear-Site-Data", '"cache","cookies","storage"']);
	return own;
}

/** What helmet makes of the values, and a policy that is not the same for every request. */
interface Decided extends Recording {
	readonly cspName: string;
	readonly functionCsp: Middleware | undefined;
}

const decided = new WeakMap<Readonly<HeadersValues>, Decided>();

/** Once for the same values, which are judged, and then opened for the app and for its probes. */
function decide(values: Readonly<HeadersValues>): Decided {
	let made = decided.get(values);
	if (made !== undefined) return made;
	const options = helmetOptions(values);
	const csp = options.contentSecurityPolicy;
	const functionCsp = hasFunctions(csp) ? loadHelmet().contentSecurityPolicy(csp) : undefined;
	const { set, remove } = recordHelmet(
		functionCsp === undefined ? options : { ...options, contentSecurityPolicy: false },
	);
	const all = [...set.map(reported), ...ownHeaders(values)];
	for (const [name, value] of all) validateHeaderValue(name, value);
	const cspName = typeof csp === "object" && csp.reportOnly ? REPORT_ONLY : CSP;
	made = { set: all, remove, cspName, functionCsp };
	decided.set(values, made);
	return made;
}

/** helmet judges its own options, by throwing. */
function coherence(values: Readonly<HeadersValues>): readonly Fault[] {
	try {
		decide(values);
		return [];
	} catch (error) {
		const problem = error instanceof Error ? error.message : String(error);
		return [
			{ code: "OPTION_INVALID", at: "headers", problem, hint: "see helmet's documentation of that header" },
		];
	}
}

function policy(values: Readonly<HeadersValues>, facts: Facts): HeadersPolicy {
	const { set, remove, cspName, functionCsp } = decide(values);
	const nonce = set.find(([name, value]) => isCsp(name) && value.includes(NONCE));
	const enforced = set.find(([name]) => name === CSP);
	// Browsers pin HSTS to the host for a year: never from a developer's localhost.
	const allowsHsts = facts.mode !== "development";
	return deepFreeze({
		plain: set
			.filter(([name]) => name !== "Strict-Transport-Security")
			.map(
				([name, value]) => [name, withNonce(isCsp(name) ? withoutUpgrade(value) : value, undefined)] as const,
			),
		secure: set
			.filter(([name]) => allowsHsts || name !== "Strict-Transport-Security")
			.map(([name, value]) => [name, withNonce(value, undefined)] as const),
		remove,
		cspName,
		nonceCsp: nonce && { name: nonce[0], plain: withoutUpgrade(nonce[1]), secure: nonce[1] },
		functionCsp,
		leaving: {
			cacheControl: values.cacheControl || undefined,
			pageCsp: enforced && pagePolicy(enforced[1]),
			isNameless: remove.includes("X-Powered-By"),
		},
	});
}

/** A policy that only reports cannot upgrade, and browsers complain of one that would (CSP upgrade, 3.1). */
function reported([name, value]: HeaderPair): HeaderPair {
	return [name, name === REPORT_ONLY ? withoutUpgrade(value) : value];
}

interface NonceCsp {
	readonly name: string;
	readonly plain: string;
	readonly secure: string;
}

const CSP = "Content-Security-Policy";
const REPORT_ONLY = "Content-Security-Policy-Report-Only";

function isCsp(name: string): boolean {
	return name.startsWith(CSP);
}

/** What is at hand for every request: a policy's lists with each name followed by its value. */
interface Recorded {
	readonly policy: HeadersPolicy;
	readonly plain: readonly string[];
	readonly secure: readonly string[];
	readonly onHead: OnHead;
}

function enter({ policy, plain, secure, onHead }: Recorded, exchange: Exchange): undefined {
	const { response, isSecure, sentHeaders: sent } = exchange;
	const headers = isSecure ? secure : plain;
	// What a route replaces is what we have set for the app, never what the program set.
	for (let index = 0; index < sent.length; index += 2) {
		if (response.getHeader(sent[index]!) === sent[index + 1]) response.removeHeader(sent[index]!);
	}
	const hasOwnCsp = response.hasHeader(policy.cspName);
	setMissing(response, headers);
	for (let index = 0; index < policy.remove.length; index++) response.removeHeader(policy.remove[index]!);
	exchange.sentHeaders = headers;
	watchHead(exchange, onHead);
	if (hasOwnCsp) return;
	const { nonceCsp, functionCsp } = policy;
	exchange.openNonce = nonceCsp && nonceOpener(exchange, nonceCsp);
	functionCsp?.(exchange.request, response, ignore);
}

function nonceOpener(exchange: Exchange, csp: NonceCsp): () => string {
	let nonce: string | undefined;
	return () => {
		nonce ??= setNonce(exchange, csp);
		return nonce;
	};
}

/** A nonce is made when a page asks for it; until then the policy allows none. */
function setNonce(exchange: Exchange, csp: NonceCsp): string {
	const { response, isSecure } = exchange;
	exchange.hasNonce = true;
	const nonce = randomBytes(16).toString("base64");
	const value = isSecure ? csp.secure : csp.plain;
	// Where the program has put a policy of its own by now, that stays.
	const isOurs = response.getHeader(csp.name) === withNonce(value, undefined);
	if (isOurs && !response.headersSent) response.setHeader(csp.name, withNonce(value, nonce));
	return nonce;
}

// helmet hands over a directive function's bad value: the page goes without a policy rather than without an answer.
function ignore(): void {}

export const HEADERS: RequestRoom<HeadersValues, HeadersPolicy> = {
	key: "headers",
	purpose: "Browsers that guess, frame, embed or downgrade",
	DEFAULTS,
	CHECKS,
	coherence,
	EXCLUSIVE: SPELLINGS,
	COMPLETED: { contentSecurityPolicy: withDirectivesOf },
	policy,
	create(policy, surroundings) {
		const onHead = createOnHead(policy.leaving, (...notice) => surroundings.notice(...notice));
		const recorded = { policy, plain: policy.plain.flat(), secure: policy.secure.flat(), onHead };
		return {
			begin: ({ response }) => keepHead(response),
			enter: (exchange) => enter(recorded, exchange),
		};
	},
};
