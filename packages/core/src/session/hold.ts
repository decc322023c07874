import type { ServerResponse } from "node:http";
import type { Verdict } from "../exchange/exchange.ts";
import { writeVerdict } from "../exchange/pass.ts";
import { hearDrain } from "./hear-drain.ts";
import { lockHead } from "./lock-head.ts";

/** How a save has ended: go on, answer this in its place, or let the framework hear of an error. */
export type SaveOutcome = { readonly verdict: Verdict } | { readonly error: unknown } | undefined;
type Save = (done: (outcome?: SaveOutcome) => void) => void;

export interface Hold {
	/** Before the first byte leaves. Calls back at once where there is nothing to wait for. */
	readonly save: Save;
	/** When the head leaves: the arguments of `writeHead`, in and out, and whether more is written behind it. */
	readonly head: (args: unknown[], isPiecewise: boolean) => unknown[];
	/** Before the end of an answer that has left piece by piece. */
	readonly saveLate: Save;
	/** Hands an error of the save to the framework, which answers it. */
	readonly fail: (error: unknown) => void;
	/** The answer to an error of the save, where the program is in the midst of writing and no framework could. */
	readonly answer: (error: unknown) => Verdict;
}

type Method = "writeHead" | "flushHeaders" | "write" | "end";
type Call = readonly [method: Method, args: unknown[]];
type Own = Record<Method, (...args: unknown[]) => unknown>;

/**
 * Holds an answer back until the session is saved, so that nobody reads of a success that did not happen. What the
 * program writes meanwhile waits in its order, and the response looks like one whose head is out. Of an answer whose
 * head is out in truth only the end is held.
 */
export function holdAnswer(response: ServerResponse, hold: Hold): void {
	const methods = response as unknown as Own;
	const { writeHead, flushHeaders, write, end } = methods;
	const own: Own = { writeHead, flushHeaders, write, end };
	let state: "whole" | "held" | "open" | "dropped" = "whole";
	let waiting: Call[] = [];
	let unlock = (): void => {};
	let stopHearing = (): (() => void) => () => {};
	let drain = (): void => {};
	let isPaused = false;
	let isPiecewise = false;
	let hasEnded = false;

	function run(method: Method, args: unknown[]): unknown {
		if (method !== "end") return own[method].apply(response, args);
		// Ended twice is ended, as it is with express-session.
		if (hasEnded) return drop(method, args);
		hasEnded = true;
		try {
			return own.end.apply(response, args);
		} catch (error) {
			hasEnded = false;
			throw error;
		}
	}

	function call(method: Method, args: unknown[]): unknown {
		if (state === "held") return wait(method, args);
		if (state === "dropped") return drop(method, args);
		if (state === "whole" && response.headersSent) {
			state = "open";
			isPiecewise = true;
		}
		if (state === "whole") {
			isPiecewise = method !== "end";
			return holdUntil(hold.save, method, args, release);
		}
		if (method !== "end" || !isPiecewise) return run(method, args);
		isPiecewise = false;
		return holdUntil(hold.saveLate, method, args, releaseEnd);
	}

	/** Waits for a save with a call in hand. One that is over at once is as if nothing had been. */
	function holdUntil(
		save: Save,
		method: Method,
		args: unknown[],
		go: (outcome: SaveOutcome, calls: readonly Call[]) => unknown,
	): unknown {
		state = "held";
		let isDone = false;
		let isHere = true;
		let outcome: SaveOutcome;
		save((result) => {
			if (isDone) return;
			isDone = true;
			outcome = result;
			if (!isHere) letGo(() => go(outcome, taken()));
		});
		isHere = false;
		if (isDone) return go(outcome, [[method, args]]);
		unlock = lockHead(response, () => waiting.some(([name]) => name === "end"));
		stopHearing = hearDrain(response);
		return wait(method, args);
	}

	function taken(): readonly Call[] {
		unlock();
		drain = stopHearing();
		const calls = waiting;
		waiting = [];
		return calls;
	}

	function wait(method: Method, args: unknown[]): unknown {
		waiting.push([method, args]);
		if (method !== "write") return response;
		isPaused = true;
		return false;
	}

	/** What was taken in is judged by Node only now: what it refuses would be thrown at nobody, and end the process. */
	function letGo(go: () => unknown): void {
		let result: unknown;
		try {
			result = go();
		} catch (error) {
			// Behind a head that is out it is the framework that knows what to do with half an answer.
			if (response.headersSent) hold.fail(error);
			else refuse({ error }, []);
		}
		resume(result);
	}

	function resume(result: unknown): void {
		if (isPaused && result !== false) process.nextTick(drain);
		isPaused = false;
	}

	function release(outcome: SaveOutcome, calls: readonly Call[]): unknown {
		if (outcome !== undefined) return refuse(outcome, calls);
		state = "open";
		const [[method, args], ...later] = calls as [Call, ...Call[]];
		const head = hold.head(method === "writeHead" ? args : [response.statusCode], isPiecewise);
		let result = run(method, method === "writeHead" ? head : args);
		for (const [name, given] of later) result = call(name, given);
		return result;
	}

	function releaseEnd(outcome: SaveOutcome, calls: readonly Call[]): unknown {
		state = "open";
		// The head is out: half an answer must not look like a whole one.
		if (outcome !== undefined) response.destroy();
		for (const [method, args] of calls) run(method, args);
		return response;
	}

	/** What the program writes belongs to an answer that is lost, and is let go; what takes its place goes out. */
	function refuse(outcome: NonNullable<SaveOutcome>, calls: readonly Call[]): unknown {
		let result: unknown;
		for (const [method, args] of calls) result = drop(method, args);
		state = "open";
		if ("error" in outcome && !isPiecewise) {
			hold.fail(outcome.error);
		} else {
			replace("error" in outcome ? hold.answer(outcome.error) : outcome.verdict);
			state = "dropped";
		}
		return result;
	}

	function drop(method: Method, args: unknown[]): unknown {
		const callback = args.at(-1);
		if (typeof callback === "function") process.nextTick(callback as () => void);
		return method === "write" ? true : response;
	}

	/** Past whatever was put around the response since: that was meant for the answer that is lost. */
	function replace(verdict: Verdict): void {
		const { writeHead, end } = methods;
		methods.writeHead = own.writeHead;
		methods.end = own.end;
		writeVerdict(response, verdict);
		methods.writeHead = writeHead;
		methods.end = end;
	}

	methods.writeHead = (...args) => call("writeHead", args);
	methods.flushHeaders = (...args) => call("flushHeaders", args);
	methods.write = (...args) => call("write", args);
	methods.end = (...args) => call("end", args);
}
