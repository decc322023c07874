import { AsyncLocalStorage, AsyncResource } from "node:async_hooks";
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
	if (storage.getStore() === exchange) next(...args);
	else runInside(exchange, next, undefined, args);
}

/** For servers without an adapter: the rest of the parser's callback, and all that it starts. */
export function enterExchange(exchange: Exchange): void {
	bindEvents(exchange);
	storage.enterWith(exchange);
	entering = exchange;
	process.nextTick(haveEntered);
}

let entering: Exchange | undefined;

function haveEntered(): void {
	entering = undefined;
}

/** The exchange whose listeners are being called, without an adapter: what they throw leaves nobody to answer it. */
export function enteringExchange(): Exchange | undefined {
	return entering;
}

const SCOPE = { requireManualDestroy: true };

/**
 * What `storage.run` does, at half its price: on Node 24 that makes one frame to go in and another to come out, and the
 * frames to come pile up on the latter. A scope keeps the frame it was made in, and is let go in favour of that one.
 */
function runInside(exchange: Exchange, call: Call, self: unknown, args: readonly unknown[]): unknown {
	return new AsyncResource("PRODUCTION_READY", SCOPE).runInAsyncScope(
		enterAndCall,
		self,
		exchange,
		call,
		args,
	);
}

// biome-ignore lint/suspicious/noExplicitAny: whatever is called is handed what it was to be handed.
type Call = (...args: any[]) => unknown;

function enterAndCall(this: unknown, exchange: Exchange, call: Call, args: readonly unknown[]): unknown {
	storage.enterWith(exchange);
	return call.apply(this, args as unknown[]);
}

function bindEvents({ request, response }: Exchange): void {
	bindEmitter(request);
	bindEmitter(response);
}

function bindEmitter(emitter: EventEmitter): void {
	if (emitter.emit === emitInExchange) return;
	// Another tool has put its own there: it goes on hearing every event.
	if (Object.hasOwn(emitter, "emit")) ownEmits.set(emitter, emitter.emit);
	emitter.emit = emitInExchange;
}

type Emit = EventEmitter["emit"];
const ownEmits = new WeakMap<EventEmitter, Emit>();

// One function for all requests: it finds the exchange through the request, and the emit of the class when called.
function emitInExchange(this: EventEmitter & { req?: IncomingMessage }, ...args: Parameters<Emit>): boolean {
	const own = ownEmits.get(this);
	const emit: Emit = own ?? Object.getPrototypeOf(this).emit;
	const exchange = exchangeOf(this.req ?? (this as unknown as IncomingMessage));
	if (exchange === undefined || storage.getStore() === exchange) return emit.apply(this, args);
	if (own === undefined && isUnheard(this, args[0])) return emit.apply(this, args);
	return runInside(exchange, emit, this, args) as boolean;
}

/** What nobody hears but Node needs no context. */
function isUnheard(emitter: EventEmitter, event: string | symbol): boolean {
	const listeners = emitter.listenerCount(event);
	if (listeners === 0) return true;
	return event === "end" && listeners === 1 && isHeardByNode(emitter);
}

let nodesListener: (() => void) | undefined;

/** Node waits for the end of a request that nobody has read. If it calls its listener otherwise one day, it gets a context. */
function isHeardByNode(emitter: EventEmitter): boolean {
	nodesListener ??= emitter.listeners("end").find(({ name }) => name === "clearIncoming") as () => void;
	return nodesListener !== undefined && emitter.listenerCount("end", nodesListener) === 1;
}
