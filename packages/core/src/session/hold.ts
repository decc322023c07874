import type { ServerResponse } from "node:http";
import type { Verdict } from "../exchange/exchange.ts";
import { call, type HeldAnswer, letPass, type Method, type Methods, openHeldAnswer } from "./held-answer.ts";

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
 * Puts the methods on a response that hold it once somebody has touched its session; until then they do nothing. Whatever is
 * put around the response later is past by the time an answer is held, and a method that is looked up before what it is handed
 * touches the session, as in `response.end(String(request.session.views++))`, is one of these.
 */
export function prepareHold(response: ServerResponse): void {
	const methods = response as unknown as Methods & Partial<Held>;
	if (methods[kHeld] !== undefined) return;
	methods[kHeld] = untouched(methods);
	methods.writeHead = writeHead;
	methods.flushHeaders = flushHeaders;
	methods.write = write;
	methods.end = end;
}

/**
 * Holds an answer back until the session is saved, so that nobody reads of a success that did not happen. What the
 * program writes meanwhile waits in its order, and the response looks like one whose head is out. Of an answer whose
 * head is out in truth only the end is held.
 */
export function holdAnswer<Subject>(response: ServerResponse, hold: Hold<Subject>, subject: Subject): void {
	prepareHold(response);
	const methods = response as unknown as Methods & Held;
	const before = methods[kHeld];
	if (before.state === "untouched" || before.state === "leaving") {
		const held = openHeldAnswer(response, before.own, hold as Hold<unknown>, subject);
		methods[kHeld] = held;
		// Touched by who hears that the head leaves: it is on its way, past us.
		if (before.state === "leaving") letPass(held);
		return;
	}
	const held = openHeldAnswer(response, methodsOf(methods), hold as Hold<unknown>, subject);
	methods.writeHead = (...args) => call(held, "writeHead", args);
	methods.flushHeaders = (...args) => call(held, "flushHeaders", args);
	methods.write = (...args) => call(held, "write", args);
	methods.end = (...args) => call(held, "end", args);
}

/** The methods of a response whose session nobody has touched. */
interface Untouched {
	readonly state: "untouched";
	readonly own: Methods;
	readonly leaving: Leaving;
}

/** The same while one of them is at work. */
interface Leaving {
	readonly state: "leaving";
	readonly own: Methods;
}

const kHeld: unique symbol = Symbol("production-ready.held");
interface Held {
	[kHeld]: HeldAnswer | Untouched | Leaving;
}

let last: Untouched | undefined;

/** The same for all responses with the same methods, which most of them are. */
function untouched(methods: Methods): Untouched {
	const own = last?.own;
	const isSame =
		own?.writeHead === methods.writeHead &&
		own.flushHeaders === methods.flushHeaders &&
		own.write === methods.write &&
		own.end === methods.end;
	if (last === undefined || !isSame) last = untouchedWith(methodsOf(methods));
	return last;
}

function untouchedWith(own: Methods): Untouched {
	return { state: "untouched", own, leaving: { state: "leaving", own } };
}

function methodsOf({ writeHead, flushHeaders, write, end }: Methods): Methods {
	return { writeHead, flushHeaders, write, end };
}

// The same for all responses. With functions of its own, a response that was through stayed in memory until V8 collected the old,
// as soon as requests waited for a store: four times as many bytes of a request grew old (`bench:profile --what old`).
function writeHead(this: Held, ...args: unknown[]): unknown {
	return arrive(this, "writeHead", args);
}
function flushHeaders(this: Held, ...args: unknown[]): unknown {
	return arrive(this, "flushHeaders", args);
}
function write(this: Held, ...args: unknown[]): unknown {
	return arrive(this, "write", args);
}
function end(this: Held, ...args: unknown[]): unknown {
	return arrive(this, "end", args);
}

function arrive(response: Held, method: Method, args: unknown[]): unknown {
	const held = response[kHeld];
	if (held.state === "leaving") return held.own[method].apply(response, args);
	if (held.state !== "untouched") return call(held, method, args);
	response[kHeld] = held.leaving;
	try {
		return held.own[method].apply(response, args);
	} finally {
		if (response[kHeld].state === "leaving") response[kHeld] = held;
	}
}
