import type { IncomingMessage, ServerResponse } from "node:http";
import type { Host } from "../host.ts";
import type { Logger } from "../log/logger.ts";
import type { Framework, RouteOverrides } from "./framework.ts";
import type { OnError } from "./on-error.ts";
import { originalUrl } from "./original-url.ts";
import type { SchemeDoubt } from "./scheme-doubt.ts";

/** How much a request may bring. */
export interface RequestLimits {
	readonly maxBodyBytes: number;
	readonly maxDepth: number;
	readonly maxKeys: number;
	readonly maxParameters: number;
	readonly maxUrlBytes: number;
}

/**
 * One request on its way: what a room may see and do. The adapter opens it, the rooms fill it in their order, and a
 * room reads only what one before it has filled. One literal, so that all have one hidden class.
 */
export interface Exchange {
	readonly request: IncomingMessage;
	readonly response: ServerResponse;
	readonly framework: Framework;
	/** What the framework calls a request. */
	readonly native: unknown;
	/** What the framework calls the answer to it. */
	readonly nativeReply: unknown;
	/** The path as the client sent it, without the query. */
	readonly path: string;
	/** `performance.now()` when the request came in. */
	readonly startedAtMs: number;
	/** Set by the context room; empty while that is off. */
	requestId: string;
	/** Set by the context room: the header that the id goes out by; empty while that is off. */
	requestIdHeader: string;
	/** Set by the context room. */
	context: RequestContext | undefined;
	/** Set by the proxy room: the client's address without port and brackets. */
	clientAddress: string;
	/** Set by the proxy room. */
	isSecure: boolean;
	/** Set by the proxy room: the address may be that of a proxy nobody told us of. */
	isAddressDoubtful: boolean;
	/** Set by the proxy room, where it is not certain that the client came by http. */
	schemeDoubt: SchemeDoubt | undefined;
	/** Set by the proxy room: X-Forwarded-Host, where the peer is believed. */
	forwardedHost: string | undefined;
	/** Set by the hosts room: the host that the client asked for, one of those allowed. */
	host: Host | undefined;
	/** Set by the headers room: the names that it has set, each followed by its value, so that a route can replace them. */
	sentHeaders: readonly string[];
	/** Set by the headers room, when its policy has a place for a nonce. */
	openNonce: (() => string) | undefined;
	/** Set by the headers room: a nonce was given out, so the answer is for this request alone. */
	hasNonce: boolean;
	/** Set by the headers room: sees the head of the answer as it leaves, whoever writes it. */
	onHead: OnHead | undefined;
	/** Set by the health room: a probe is neither logged nor limited. */
	isProbe: boolean;
	/** Set where a room first asks: what the route sets for itself. */
	overrides: RouteOverrides | undefined;
	/** Set by the cors room: the site behind the request may send cookies along, and read what comes of it. */
	isTrustedSite: boolean;
	/** Set by the app's rate limit: gives the hit back when a route counts for itself. */
	refund: Refund | undefined;
	/** Set by the limits room: what holds for this request. */
	limits: RequestLimits | undefined;
	/** Set by the limits room: what has come of a body that does not say how long it is. */
	bodyBytes: number | undefined;
	/** Set at the entry: answers in place of routes that are already running. */
	refuse: ((exchange: Exchange, verdict: Verdict) => void) | undefined;
	/** Begins what comes later, while a room waits: set by who has something that takes time. */
	meanwhile: ((exchange: Exchange) => void) | undefined;
	/** Set by a room that refuses, where its line should say why. */
	reason: string | undefined;
	/** A room has answered in place of the routes. */
	isAnswered: boolean;
	/** The error that reached the framework, if one did. */
	error: unknown;
	/** The app's `errors.onError`. */
	onError: OnError | undefined;
	/** What is left to do when the response has ended; taken when it is done. */
	leave: Leave | undefined;
}

/** What can be taken back. */
export interface Refund {
	giveBack(): void;
}

/** What the program may know of the request it is serving. */
export interface RequestContext {
	readonly requestId: string;
	/** The id that a platform's proxy gave the same request, such as `cf-ray`. */
	readonly upstreamId: string | undefined;
	/** W3C trace context: continued from the caller's `traceparent`, else begun here. */
	readonly trace: TraceContext;
	/** Writes lines that carry the request's id. */
	readonly log: Logger;
	/** Aborts when the client goes away before it was answered. */
	readonly signal: AbortSignal;
	/**
	 * Aborts when the server stops listening: a long poll should answer now that there is nothing new; it may finish all the
	 * same. For a request that comes later it has aborted already (look at `aborted` too, or use `onDrain`).
	 */
	readonly draining: AbortSignal;
}

/** Lower-case hex, as W3C Trace Context writes them. */
export interface TraceContext {
	readonly traceId: string;
	readonly spanId: string;
	readonly parentId: string | undefined;
	readonly isSampled: boolean;
}

/** May still set and take away headers; `args` are those of `writeHead`, whose headers win over the ones that were set. */
export type OnHead = (exchange: Exchange, args: readonly unknown[]) => void;

export type HeaderPair = readonly [name: string, value: string];

/** An answer that a room gives in place of the routes. */
export interface Verdict {
	readonly status: number;
	/** A name that stands there twice is sent twice: only `set-cookie` does. */
	readonly headers: readonly HeaderPair[];
	readonly body: string;
	/** Why, for the line of the request. */
	readonly reason?: string | undefined;
	/** Headers that were set for another answer and would be wrong on this one. */
	readonly forget?: readonly string[];
}

/** Nothing: go on. A verdict: answer it. A promise only where a room has to wait. */
export type Enter = (exchange: Exchange) => Verdict | undefined | Promise<Verdict | undefined>;
export type Leave = (exchange: Exchange) => void;

/** What a request room becomes once its policy is decided. */
export interface OpenRoom {
	/** Done before the first room is entered, by one that others need something of. */
	readonly begin?: (exchange: Exchange) => undefined;
	readonly enter?: Enter;
	/** Asked once the headers stand, by a room that is entered before them: a verdict of its own. */
	readonly answer?: Enter;
	/** Called once, when the response has ended or the client has gone. */
	readonly leave?: Leave;
	/** As the own room of a route: entered once the body is there, because it may look at it. */
	readonly isBehindBody?: boolean;
	/** What it allows a request, for an adapter that asks ahead. */
	readonly limits?: RequestLimits;
}

const NO_HEADERS: readonly string[] = [];

export function openExchange<Native>(
	request: IncomingMessage,
	response: ServerResponse,
	framework: Framework<Native>,
	native: Native,
	nativeReply: unknown = response,
): Exchange {
	const url = originalUrl(request);
	const query = url.indexOf("?");
	const watched = exchangeOf(request);
	const exchange: Exchange = {
		request,
		response,
		framework: framework as Framework,
		native,
		nativeReply,
		path: query === -1 ? url : url.slice(0, query),
		startedAtMs: watched?.startedAtMs ?? performance.now(),
		requestId: watched?.requestId ?? "",
		requestIdHeader: "",
		context: undefined,
		clientAddress: "",
		isSecure: false,
		isAddressDoubtful: false,
		schemeDoubt: undefined,
		forwardedHost: undefined,
		host: undefined,
		sentHeaders: NO_HEADERS,
		openNonce: undefined,
		hasNonce: false,
		onHead: undefined,
		isProbe: false,
		overrides: undefined,
		isTrustedSite: false,
		refund: undefined,
		limits: undefined,
		bodyBytes: undefined,
		refuse: undefined,
		meanwhile: undefined,
		reason: undefined,
		isAnswered: false,
		error: undefined,
		onError: undefined,
		leave: undefined,
	};
	(request as Marked)[kExchange] = exchange;
	return exchange;
}

const kExchange: unique symbol = Symbol.for("production-ready.exchange") as never;
interface Marked {
	[kExchange]?: Exchange;
}

/** The exchange that a request is part of, once one was opened. */
export function exchangeOf(request: IncomingMessage): Exchange | undefined {
	return (request as Marked)[kExchange];
}

/** The exchange that an adapter has opened, which is not to be opened twice. */
export function servedExchange(request: IncomingMessage): Exchange | undefined {
	const exchange = exchangeOf(request);
	return exchange?.framework.isWatching ? undefined : exchange;
}
