import type { IncomingMessage, ServerResponse } from "node:http";
import type { RoomKey } from "../config/options.ts";
import { enterExchange } from "../exchange/current.ts";
import { exchangeOf, openExchange } from "../exchange/exchange.ts";
import type { Framework } from "../exchange/framework.ts";
import { enterAlone } from "../exchange/pass.ts";
import { openApp } from "./app.ts";

/** Rooms that only watch: what changes answers needs an adapter, which knows who writes them. */
const WATCHING: readonly RoomKey[] = ["requestId", "logging", "proxy"];

/** A server without a framework: a request is what Node calls one. */
export const NODE: Framework<IncomingMessage> = {
	name: "node",
	isWatching: true,
	clientAddress: () => undefined,
	isSecure: () => undefined,
	route: () => undefined,
};

/** Starts the runtime with defaults and opens an exchange for every request, before its server sees it. */
export function openBootstrap(): void {
	// It keeps no sessions, and an app that comes later may: where they are kept is that one's to judge.
	const { runtime, pipeline } = openApp({ session: false }, WATCHING);
	runtime.onRequest((request: IncomingMessage, response: ServerResponse) => {
		if (exchangeOf(request) !== undefined) return;
		const exchange = openExchange(request, response, NODE, request);
		enterAlone(pipeline, exchange);
		enterExchange(exchange);
	});
}
