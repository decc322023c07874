import type { ServerResponse } from "node:http";
import type { Verdict } from "../exchange/exchange.ts";
import {
	call,
	callBeneath,
	type HeldAnswer,
	type Method,
	type Methods,
	openHeldAnswer,
	type Write,
} from "./held-answer.ts";

/** How a save has ended: go on, answer this in its place, or let the framework hear of an error. */
export type SaveOutcome = { readonly verdict: Verdict } | { readonly error: unknown } | undefined;
export type Saved = (outcome?: SaveOutcome) => void;

/** How the answers of requests are held, of which each has a subject of its own. */
export interface Hold<Subject> {
	/** Before the first byte leaves. Calls back at once where there is nothing to wait for. */
	save(subject: Subject, done: Saved): void;
	/** When the head leaves: the arguments of `writeHead`, in and out. */
	head(subject: Subject, args: unknown[]): unknown[];
	/** Before the end of an answer that has left piece by piece. */
	saveLate(subject: Subject, done: Saved): void;
	/** Hands an error of the save to the framework, which answers it. */
	fail(subject: Subject, error: unknown): void;
	/** The answer to an error of the save, where the program is in the midst of writing and no framework could. */
	answer(subject: Subject, error: unknown): Verdict;
}

/**
 * Holds an answer back until the session is saved, so that nobody reads of a success that did not happen. What the
 * program writes meanwhile waits in its order, and the response looks like one whose head is out. Of an answer whose
 * head is out in truth only the end is held.
 */
export function holdAnswer<Subject>(response: ServerResponse, hold: Hold<Subject>, subject: Subject): void {
	const held = openHeldAnswer(response, hold as Hold<unknown>, subject);
	const methods = response as unknown as Methods & { [kHeld]?: HeldAnswer };
	const isFirst = methods[kHeld] === undefined;
	if (isFirst) methods[kHeld] = held;
	methods.writeHead = isFirst ? writeHead : (...args) => call(held, "writeHead", args);
	methods.flushHeaders = isFirst ? flushHeaders : (...args) => call(held, "flushHeaders", args);
	methods.write = isFirst ? write : (...args) => call(held, "write", args);
	methods.end = isFirst ? end : (...args) => call(held, "end", args);
}

const kHeld: unique symbol = Symbol("production-ready.held");
interface Held {
	readonly [kHeld]: HeldAnswer;
}

const gated = new WeakSet<object>();

/**
 * Has answers held by what all responses of an app inherit, too: where a session is touched first by what a method is
 * handed, as in `response.end(String(request.session.views++))`, that method was looked up before it was replaced.
 */
export function gateResponses(prototype: object): void {
	if (gated.has(prototype)) return;
	gated.add(prototype);
	for (const method of ["write", "end"] as const) gate(prototype, method);
}

function gate(prototype: object, method: Method): void {
	const own = Object.getOwnPropertyDescriptor(prototype, method)?.value as Write | undefined;
	Object.defineProperty(prototype, method, {
		configurable: true,
		writable: true,
		value(this: Partial<Held>, ...args: unknown[]): unknown {
			const by = own ?? (Object.getPrototypeOf(prototype) as Methods)[method];
			const held = this[kHeld];
			return held === undefined ? by.apply(this, args) : callBeneath(held, method, args, by);
		},
	});
}

// The same for all responses. With functions of its own, a response that was through stayed in memory until V8 collected the old,
// as soon as requests waited for a store: four times as many bytes of a request grew old (`bench:profile --what old`).
function writeHead(this: Held, ...args: unknown[]): unknown {
	return call(this[kHeld], "writeHead", args);
}
function flushHeaders(this: Held, ...args: unknown[]): unknown {
	return call(this[kHeld], "flushHeaders", args);
}
function write(this: Held, ...args: unknown[]): unknown {
	return call(this[kHeld], "write", args);
}
function end(this: Held, ...args: unknown[]): unknown {
	return call(this[kHeld], "end", args);
}
