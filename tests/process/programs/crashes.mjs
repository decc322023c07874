import { EventEmitter } from "node:events";
import { tell } from "./speech.mjs";

/** Ways to end, by name; each a turn after the request that asked for it was answered. */
const REVOKED = new Proxy(
	{},
	{
		get: () => {
			throw new Error("even a look at it throws");
		},
	},
);

/** It throws from everything that describes it. */
const HOSTILE = Object.fromEntries(
	["toString", "toJSON"].map((name) => [
		name,
		() => {
			throw new Error(`even ${name} throws`);
		},
	]),
);
Object.defineProperty(HOSTILE, "stack", {
	get: () => {
		throw new Error("even the stack throws");
	},
});

function circular() {
	const error = new Error("its cause is itself");
	error.cause = error;
	return error;
}

function deep() {
	let error = new Error("the first");
	for (let depth = 0; depth < 10_000; depth++) error = new Error(`cause ${depth}`, { cause: error });
	return error;
}

const aggregate = () =>
	new AggregateError(
		Array.from({ length: 1_000 }, (_, index) => new Error(`number ${index}`)),
		"a thousand errors",
	);

const CRASHES = {
	error: () => {
		throw new Error("thrown in a timer");
	},
	// The last to hear of it is killed, as by a system that has no memory left.
	killed: () => {
		process.on("uncaughtException", () => process.kill(process.pid, "SIGKILL"));
		throw new Error("thrown before a kill");
	},
	rejection: () => void Promise.reject(new Error("handled by nobody")),
	many: () => {
		for (let nth = 1; nth <= 100; nth++) process.nextTick(fail, nth);
	},
	event: () => new EventEmitter().emit("error", new Error("heard by nobody")),
	late: () => {
		const rejected = Promise.reject(new Error("handled in the same tick"));
		process.nextTick(() => rejected.catch(() => setImmediate(tell, "handled late")));
	},
};
const VALUES = {
	null: () => null,
	undefined: () => undefined,
	text: () => "thrown text",
	symbol: () => Symbol("thrown symbol"),
	frozen: () => Object.freeze({ message: "thrown and frozen" }),
	proxy: () => REVOKED,
	hostile: () => HOSTILE,
	circular,
	deep,
	aggregate,
};

function fail(nth) {
	throw new Error(`number ${nth}`);
}

export function crash(how) {
	setTimeout(() => {
		if (how in VALUES) throw VALUES[how]();
		CRASHES[how]();
	}, 1);
}

export const overflow = () => overflow() + 1;
