import { AsyncLocalStorage } from "node:async_hooks";
import type { EventEmitter } from "node:events";
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
	bindEvents(exchange);
	storage.run(exchange, next, ...args);
}

/** For servers without an adapter: the rest of the parser's callback, and all that it starts. */
export function enterExchange(exchange: Exchange): void {
	bindEvents(exchange);
	storage.enterWith(exchange);
}

function bindEvents({ request, response }: Exchange): void {
	for (const emitter of [request, response] as EventEmitter[]) {
		if (emitter.emit === emitInExchange) continue;
		// Another tool has put its own there: it goes on hearing every event.
		if (Object.hasOwn(emitter, "emit")) ownEmits.set(emitter, emitter.emit);
		emitter.emit = emitInExchange;
	}
}

type Emit = EventEmitter["emit"];
const ownEmits = new WeakMap<EventEmitter, Emit>();

// One function for all requests: it finds the exchange through the request, and the emit of the class when called.
function emitInExchange(this: EventEmitter & { req?: IncomingMessage }, ...args: Parameters<Emit>): boolean {
	const emit: Emit = ownEmits.get(this) ?? Object.getPrototypeOf(this).emit;
	const exchange = exchangeOf(this.req ?? (this as unknown as IncomingMessage));
	if (exchange === undefined || storage.getStore() === exchange) return emit.apply(this, args);
	return storage.run(exchange, () => emit.apply(this, args));
}
