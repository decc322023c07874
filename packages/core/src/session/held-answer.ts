import type { ServerResponse } from "node:http";
import type { Verdict } from "../exchange/exchange.ts";
import { writeVerdict } from "../exchange/pass.ts";
import { OF_A_FAILED_ANSWER } from "../problem.ts";
import { hearDrain } from "./hear-drain.ts";
import type { Hold, Saved, SaveOutcome } from "./hold.ts";
import { lockHead } from "./lock-head.ts";

export type Method = "writeHead" | "flushHeaders" | "write" | "end";
export type Call = readonly [method: Method, args: unknown[]];
// biome-ignore lint/suspicious/noExplicitAny: whoever calls it is the response.
type Write = (this: any, ...args: unknown[]) => unknown;
export type Methods = Record<Method, Write>;

/** One answer on its way: whole, held back until a save is over, open, or dropped for another one. */
export interface HeldAnswer {
	readonly response: ServerResponse;
	readonly hold: Hold<unknown>;
	readonly subject: unknown;
	/** The methods of the response, as they were before. */
	readonly own: Methods;
	state: "whole" | "held" | "open" | "dropped";
	/** What the program has called while it is held. */
	waiting: Call[];
	unlock: () => void;
	stopHearing: () => () => void;
	drain: () => void;
	isPaused: boolean;
	isPiecewise: boolean;
	hasEnded: boolean;
}

const NOBODY = (): void => {};
/** Where nothing is held nobody waits. */
const NONE: Call[] = [];
const hearNobody = (): (() => void) => NOBODY;

export function openHeldAnswer(
	response: ServerResponse,
	own: Methods,
	hold: Hold<unknown>,
	subject: unknown,
): HeldAnswer {
	return {
		response,
		hold,
		subject,
		own,
		state: "whole",
		waiting: NONE,
		unlock: NOBODY,
		stopHearing: hearNobody,
		drain: NOBODY,
		isPaused: false,
		isPiecewise: false,
		hasEnded: false,
	};
}

/** A method of the response was called. */
export function call(held: HeldAnswer, method: Method, args: unknown[]): unknown {
	const { state, response, hold } = held;
	if (state === "held") return wait(held, method, args);
	if (state === "dropped") return drop(held, method, args);
	if (state === "whole" && !response.headersSent) {
		held.isPiecewise = method !== "end";
		return holdUntil(held, hold.save, method, args, release);
	}
	if (state === "whole") letPass(held);
	if (method !== "end" || !held.isPiecewise) return run(held, method, args);
	held.isPiecewise = false;
	return holdUntil(held, hold.saveLate, method, args, releaseEnd);
}

/** The head is out: what comes is not held any more, but for the end. */
export function letPass(held: HeldAnswer): void {
	held.state = "open";
	held.isPiecewise = true;
}

function run(held: HeldAnswer, method: Method, args: unknown[]): unknown {
	const { own, response } = held;
	if (method !== "end") return own[method].apply(response, args);
	// Ended twice is ended, as it is with express-session.
	if (held.hasEnded) return drop(held, method, args);
	held.hasEnded = true;
	try {
		return own.end.apply(response, args);
	} catch (error) {
		held.hasEnded = false;
		throw error;
	}
}

type Release = (held: HeldAnswer, outcome: SaveOutcome, calls: readonly Call[]) => unknown;

/** Waits for a save with a call in hand. One that is over at once is as if nothing had been. */
function holdUntil(
	held: HeldAnswer,
	save: (subject: unknown, done: Saved) => void,
	method: Method,
	args: unknown[],
	go: Release,
): unknown {
	const { response, hold, subject } = held;
	held.state = "held";
	held.waiting = [[method, args]];
	let isDone = false;
	let isHere = true;
	let outcome: SaveOutcome;
	const saved = (result: SaveOutcome): void => {
		if (isDone) return;
		isDone = true;
		outcome = result;
		if (!isHere) letGo(held, () => go(held, outcome, taken(held)));
	};
	try {
		save.call(hold, subject, saved);
	} catch (error) {
		// A session's own methods may be the program's.
		saved({ error });
	}
	isHere = false;
	if (isDone) return go(held, outcome, taken(held));
	held.unlock = lockHead(response, () => held.waiting.some(([name]) => name === "end"));
	held.stopHearing = hearDrain(response);
	return pause(held, method);
}

function taken(held: HeldAnswer): readonly Call[] {
	held.unlock();
	held.drain = held.stopHearing();
	const calls = held.waiting;
	held.waiting = NONE;
	return calls;
}

function wait(held: HeldAnswer, method: Method, args: unknown[]): unknown {
	held.waiting.push([method, args]);
	return pause(held, method);
}

function pause(held: HeldAnswer, method: Method): unknown {
	if (method !== "write") return held.response;
	held.isPaused = true;
	return false;
}

/** What was taken in is judged by Node only now: what it refuses would be thrown at nobody, and end the process. */
function letGo(held: HeldAnswer, go: () => unknown): void {
	let result: unknown;
	try {
		result = go();
	} catch (error) {
		// Behind a head that is out it is the framework that knows what to do with half an answer.
		if (held.response.headersSent) held.hold.fail(held.subject, error);
		else refuse(held, { error }, []);
	}
	if (held.isPaused && result !== false) process.nextTick(held.drain);
	held.isPaused = false;
}

function release(held: HeldAnswer, outcome: SaveOutcome, calls: readonly Call[]): unknown {
	const { response, hold, subject } = held;
	if (outcome !== undefined) return refuse(held, outcome, calls);
	held.state = "open";
	const [[method, args], ...later] = calls as [Call, ...Call[]];
	const isHead = method === "writeHead";
	const head = hold.head(subject, isHead ? args : [response.statusCode]);
	let result = run(held, method, isHead ? head : args);
	for (const [name, given] of later) result = call(held, name, given);
	return result;
}

function releaseEnd(held: HeldAnswer, outcome: SaveOutcome, calls: readonly Call[]): unknown {
	held.state = "open";
	// The head is out: half an answer must not look like a whole one.
	if (outcome !== undefined) held.response.destroy();
	for (const [method, args] of calls) run(held, method, args);
	return held.response;
}

/** What the program writes belongs to an answer that is lost, and is let go; what takes its place goes out. */
function refuse(held: HeldAnswer, outcome: NonNullable<SaveOutcome>, calls: readonly Call[]): unknown {
	const { hold, subject } = held;
	let result: unknown;
	for (const [method, args] of calls) result = drop(held, method, args);
	held.state = "open";
	if ("error" in outcome && !held.isPiecewise) {
		beginAgain(held);
		hold.fail(subject, outcome.error);
	} else {
		replace(held, "error" in outcome ? hold.answer(subject, outcome.error) : outcome.verdict);
		held.state = "dropped";
	}
	return result;
}

/** Whoever was put around the response since has had his end, and takes no second one. */
function beginAgain({ response, own }: HeldAnswer): void {
	for (const name of OF_A_FAILED_ANSWER) response.removeHeader(name);
	Object.assign(response, own);
}

function drop({ response }: HeldAnswer, method: Method, args: unknown[]): unknown {
	const callback = args.at(-1);
	if (typeof callback === "function") process.nextTick(callback as () => void);
	return method === "write" ? true : response;
}

/** Past whatever was put around the response since: that was meant for the answer that is lost. */
function replace({ response, own }: HeldAnswer, verdict: Verdict): void {
	const methods = response as unknown as Methods;
	const { writeHead, end } = methods;
	methods.writeHead = own.writeHead;
	methods.end = own.end;
	writeVerdict(response, verdict);
	methods.writeHead = writeHead;
	methods.end = end;
}
