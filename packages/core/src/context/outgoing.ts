import { subscribe, unsubscribe } from "node:diagnostics_channel";
import type { ClientRequest } from "node:http";
import { currentExchange } from "../exchange/current.ts";
import type { Exchange } from "../exchange/exchange.ts";
import { formatTraceparent } from "./trace.ts";

/** The part of undici's request that its diagnostics channel documents. */
interface UndiciRequest {
	readonly origin: string | URL;
	/** Names and values in turn; text in older versions. */
	readonly headers: string | readonly unknown[];
	addHeader(name: string, value: string): void;
}

/** Which hosts may learn the ids, and under which name. */
interface Propagation {
	readonly header: string;
	readonly reaches: (host: string) => boolean;
}

const propagations = new WeakMap<Exchange, Propagation>();

/** From now on what this exchange sends to a host of the list carries its ids. */
export function propagateFrom(exchange: Exchange, propagation: Propagation): void {
	propagations.set(exchange, propagation);
}

/**
 * Hands the ids of the current request to the requests it makes, by `fetch`, undici and `node:http`, and only to
 * hosts of the list: third parties learn nothing. A header that the program has set stays.
 */
export function startPropagation(): { uninstall(): void } {
	const onUndici = guarded((message) => {
		const { request } = message as { request: UndiciRequest };
		hand(new URL(request.origin).host, (name, value) => {
			if (!hasHeader(request, name)) request.addHeader(name, value);
		});
	});
	const onHttp = guarded((message) => {
		const { request } = message as { request: ClientRequest };
		hand(String(request.getHeader("host") ?? request.host), (name, value) => {
			if (!request.hasHeader(name)) request.setHeader(name, value);
		});
	});
	subscribe("undici:request:create", onUndici);
	subscribe("http.client.request.created", onHttp);
	return {
		uninstall() {
			unsubscribe("undici:request:create", onUndici);
			unsubscribe("http.client.request.created", onHttp);
		},
	};
}

function hasHeader({ headers }: UndiciRequest, name: string): boolean {
	if (typeof headers === "string") return new RegExp(`^${name}:`, "im").test(headers);
	return headers.some((part, index) => index % 2 === 0 && String(part).toLowerCase() === name);
}

function hand(host: string, setHeader: (name: string, value: string) => void): void {
	const exchange = currentExchange();
	const propagation = exchange && propagations.get(exchange);
	if (!exchange?.context || !propagation?.reaches(host)) return;
	setHeader(propagation.header, exchange.requestId);
	setHeader("traceparent", formatTraceparent(exchange.context.trace));
}

// What a subscriber throws becomes an uncaught exception: a request that cannot be marked must still be sent.
function guarded(listener: (message: unknown) => void): (message: unknown) => void {
	return (message) => {
		try {
			listener(message);
		} catch {}
	};
}

/** `api.internal`, `*.internal` for all names below it, each with a port (`:8080`) or without. */
export function hostMatcher(patterns: readonly string[]): (host: string) => boolean {
	const known = patterns.map((pattern) => pattern.toLowerCase());
	return (host) => {
		const withPort = host.toLowerCase();
		const name = withPort.replace(/:\d+$/, "");
		return known.some((pattern) => {
			const subject = /:\d+$/.test(pattern) ? withPort : name;
			return pattern.startsWith("*.") ? subject.endsWith(pattern.slice(1)) : subject === pattern;
		});
	};
}
