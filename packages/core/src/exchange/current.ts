import { AsyncLocalStorage } from "node:async_hooks";
import { EventEmitter } from "node:events";
import type { IncomingMessage } from "node:http";
import { type Exchange, exchangeOf } from "./exchange.ts";

// Two copies of this package in one program must see the same request.
const kStorage: unique symbol = Symbol.for("production-ready.current-exchange") as never;
const shared = globalThis as { [kStorage]?: AsyncLocalStorage<Exchange> };
shared[kStorage] ??= new AsyncLocalStorage<Exchange>();
const storage = shared[kStorage];

/** The exchange in which the caller runs; never that of another request. */
export function currentExchange(): Exchange | undefined {
	return storage.getStore();
}

/**
 * Runs the rest of a request inside its exchange. From Node 24 on, the events of a request's body come from the
 * parser, outside of any `run`: a listener would find no context, and with it everything a body parser calls.
 * So the request emits its events inside the exchange too.
 */
export function runInExchange<Args extends unknown[]>(
	exchange: Exchange,
	next: (...args: Args) => void,
	...args: Args
): void {
	exchange.request.emit = emitInExchange;
	exchange.response.emit = emitInExchange as typeof exchange.response.emit;
	storage.run(exchange, next, ...args);
}

/** For servers without an adapter: the rest of the parser's callback, and all that it starts. */
export function enterExchange(exchange: Exchange): void {
	exchange.request.emit = emitInExchange;
	exchange.response.emit = emitInExchange as typeof exchange.response.emit;
	storage.enterWith(exchange);
}

const emit = EventEmitter.prototype.emit;

// One function for all requests: it finds the exchange through the request.
function emitInExchange(
	this: IncomingMessage & { req?: IncomingMessage },
	...args: Parameters<typeof emit>
): boolean {
	const exchange = exchangeOf(this.req ?? this);
	if (exchange === undefined || storage.getStore() === exchange) return emit.apply(this, args);
	return storage.run(exchange, () => emit.apply(this, args));
}
