import type { Readable } from "node:stream";
import {
	exchangeOf,
	type Framework,
	forgetReasonPhrase,
	isBehindStrangers,
	isCutShort,
	keepReason,
	type Passage,
	type RouteOverrides,
	THROUGH_STRANGERS,
	type Trust,
	type Verdict,
	writeVerdict,
} from "@production-ready/core/adapter";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { bodyBytesOf, isBodyAsItCame, routeOverrides } from "./routes.ts";

/** How Fastify sees a request, for one app. */
export function fastifyFramework(): Framework<FastifyRequest> {
	let isOwnWord: boolean | undefined;
	/** Whether Fastify decides about proxies by what the program said, and not by us. */
	function hasOwnTrust(request: FastifyRequest): boolean {
		isOwnWord ??= request.ips !== undefined && !asksUs(request);
		return isOwnWord;
	}
	return {
		name: "fastify",
		clientAddress: (request) => (hasOwnTrust(request) ? request.ip : undefined),
		isSecure: (request) => (hasOwnTrust(request) ? request.protocol === "https" : undefined),
		believesHost: (request) => (request.ips === undefined ? undefined : takesForwardedHost(request)),
		believesEverybody: (request) => isBehindStrangers(asIfFrom(request, THROUGH_STRANGERS).ip),
		route: (request) => request.routeOptions.url,
		countsForItself: (request) => overridesOf(request)?.rateLimit !== undefined,
		overrides: overridesOf,
		toldBodyBytes: bodyBytesOf,
		isBodyAsItCame,
	};
}

/** What the route of a request sets for itself. */
export function overridesOf({ routeOptions }: FastifyRequest): RouteOverrides | undefined {
	return routeOverrides(routeOptions.config.productionReady);
}

let hasAsked = false;

/** Our trust function as Fastify gets it: Fastify does not tell which one it was given, so ours tells when it is asked. */
export function telling(trust: Trust): Trust {
	return (address, hopIndex) => {
		hasAsked = true;
		return trust(address, hopIndex);
	};
}

const ADDRESS = { remoteAddress: "127.0.0.1" };
/** Fastify asks whom to trust only where there is something to trust in. */
const FORWARDED = { headers: { "x-forwarded-for": "127.0.0.1" }, socket: ADDRESS, connection: ADDRESS };

function asksUs(request: FastifyRequest): boolean {
	hasAsked = false;
	const { ip } = asIfFrom(request, FORWARDED);
	return ip !== undefined && hasAsked;
}

/** What Fastify would make of a request that came otherwise. */
function asIfFrom(request: FastifyRequest, raw: object): FastifyRequest {
	return Object.create(request, { raw: { value: raw } });
}

/**
 * One client has one address: where our trust decides, `request.ip` is what the limit and the log know. Fastify's own goes
 * by X-Forwarded-For alone, ports and brackets included, and cannot be replaced for all requests at once.
 */
export function shareAddress(request: FastifyRequest): void {
	Object.defineProperty(request, "ip", SHARED_ADDRESS);
}

const SHARED_ADDRESS: PropertyDescriptor & ThisType<FastifyRequest> = {
	configurable: true,
	enumerable: true,
	get() {
		return exchangeOf(this.raw)?.clientAddress;
	},
};

const PROBE = "probe";

/** Whether Fastify takes the peer's X-Forwarded-Host for the host: asked of it, since earlier ones took anybody's. */
function takesForwardedHost(request: FastifyRequest): boolean {
	const raw = { headers: { "x-forwarded-host": PROBE }, socket: request.raw.socket };
	return asIfFrom(request, raw).host === PROBE;
}

/** Whether the app was constructed with `trustProxy`, which Fastify decides then and never again. */
export function trustsProxies(instance: FastifyInstance): boolean {
	return instance.hasRequestDecorator("ips");
}

/** How Fastify goes on behind a hook. */
export type Done = (error?: Error) => void;

export const PASSAGE: Passage<Done> = {
	answer: ({ nativeReply }, verdict) => sendVerdict(nativeReply as FastifyReply, verdict),
	next: (_exchange, done, error) => done(error as Error | undefined),
};

export function sendVerdict(reply: FastifyReply, verdict: Verdict): void {
	// Answered meanwhile, by a timeout of the program's for instance: the first answer stands.
	if (reply.sent) return;
	keepReason(reply.request.raw, verdict);
	setVerdict(reply, verdict);
	if (isCutShort(reply.request.raw, verdict.status)) {
		endByHand(reply, verdict);
		return;
	}
	reply.send(verdict.status === 204 ? undefined : verdict.body);
}

/** Fastify ends an answer as it sends it, and with it a connection on which the client is still sending. */
function endByHand(reply: FastifyReply, verdict: Verdict): void {
	const { raw } = reply;
	for (const [name, value] of Object.entries(reply.getHeaders())) {
		if (value !== undefined) raw.setHeader(name, value);
	}
	reply.hijack();
	writeVerdict(raw, verdict);
}

/** Puts a verdict in the place of an answer that is about to leave: gives the payload to go on with. */
export function replaceAnswer(reply: FastifyReply, payload: unknown, verdict: Verdict): string {
	(payload as Partial<Readable> | null | undefined)?.destroy?.();
	keepReason(reply.request.raw, verdict);
	setVerdict(reply, verdict);
	return verdict.body;
}

function setVerdict(reply: FastifyReply, { status, headers, forget }: Verdict): void {
	reply.code(status);
	forgetReasonPhrase(reply.raw);
	if (forget !== undefined) for (const name of forget) reply.removeHeader(name);
	// By index: pairs that are taken apart cost an iterator each.
	for (let index = 0; index < headers.length; index++) reply.header(headers[index]![0], headers[index]![1]);
}
