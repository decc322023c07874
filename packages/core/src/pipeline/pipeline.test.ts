import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { ROOMS } from "../config/options.ts";
import type { Enter, Exchange, OpenRoom, Verdict } from "../exchange/exchange.ts";
import type { RouteOverrides } from "../exchange/framework.ts";
import { compilePipeline } from "./pipeline.ts";
import { TABLE } from "./table.ts";

const VERDICT: Verdict = { status: 418, headers: [], body: "" };

/** An exchange of a route with rooms of its own. */
function exchangeWith(overrides?: RouteOverrides): Exchange {
	return { native: {}, framework: { overrides: () => overrides } } as never;
}

/** Rooms that write down when they are entered and left; what they answer is given by their key. */
function rooms(trace: string[], answers: Readonly<Record<string, ReturnType<Enter>>>) {
	return Object.entries(answers).map(([key, answer]) => ({
		key,
		open: {
			enter: () => {
				trace.push(key);
				return answer;
			},
			leave: () => void trace.push(`-${key}`),
		},
	}));
}

describe("a pipeline", () => {
	test("enters the rooms in their order and goes on", () => {
		const trace: string[] = [];
		const pipeline = compilePipeline(rooms(trace, { a: undefined, b: undefined, c: undefined }));
		assert.equal(pipeline.enter(exchangeWith()), undefined);
		assert.deepEqual(trace, ["a", "b", "c"]);
	});

	test("stops at the first that answers", () => {
		const trace: string[] = [];
		const pipeline = compilePipeline(rooms(trace, { a: undefined, b: VERDICT, c: undefined }));
		assert.equal(pipeline.enter(exchangeWith()), VERDICT);
		assert.deepEqual(trace, ["a", "b"]);
	});

	test("leaves in the opposite order, also the rooms that were not entered", () => {
		const trace: string[] = [];
		compilePipeline(rooms(trace, { a: VERDICT, b: undefined })).leave(exchangeWith());
		assert.deepEqual(trace, ["-b", "-a"]);
	});

	test("of no rooms lets everything pass", () => {
		const pipeline = compilePipeline([]);
		assert.equal(pipeline.enter(exchangeWith()), undefined);
		pipeline.leave(exchangeWith());
	});

	test("takes rooms that have but one side", () => {
		const left: string[] = [];
		const pipeline = compilePipeline([
			{ key: "out", open: { leave: () => void left.push("out") } },
			{ key: "in", open: { enter: () => VERDICT } },
			{ key: "none", open: {} },
		]);
		assert.equal(pipeline.enter(exchangeWith()), VERDICT);
		pipeline.leave(exchangeWith());
		assert.deepEqual(left, ["out"]);
	});

	test("hands what a room throws to whoever called", () => {
		const enter = (): never => {
			throw new Error("a callback of the program's");
		};
		assert.throws(() => compilePipeline([{ key: "a", open: { enter } }]).enter(exchangeWith()), /a callback/);
	});
});

describe("a room that waits", () => {
	test("makes a promise, and no other does", async () => {
		const trace: string[] = [];
		const pipeline = compilePipeline(
			rooms(trace, { a: undefined, b: Promise.resolve(undefined), c: undefined }),
		);
		const entered = pipeline.enter(exchangeWith());
		assert.ok(entered instanceof Promise);
		assert.deepEqual(trace, ["a", "b"]);
		assert.equal(await entered, undefined);
		assert.deepEqual(trace, ["a", "b", "c"]);
	});

	test("may answer, and then nobody after it is entered", async () => {
		const trace: string[] = [];
		const pipeline = compilePipeline(rooms(trace, { a: Promise.resolve(VERDICT), b: undefined }));
		assert.equal(await pipeline.enter(exchangeWith()), VERDICT);
		assert.deepEqual(trace, ["a"]);
	});

	test("may be followed by another one, and by one that answers", async () => {
		const trace: string[] = [];
		const waits = Promise.resolve(undefined);
		const pipeline = compilePipeline(rooms(trace, { a: waits, b: waits, c: VERDICT, d: undefined }));
		assert.equal(await pipeline.enter(exchangeWith()), VERDICT);
		assert.deepEqual(trace, ["a", "b", "c"]);
	});

	test("that rejects, or is followed by one that throws, rejects", async () => {
		const rejected = compilePipeline([
			{ key: "a", open: { enter: () => Promise.reject(new Error("down")) } },
		]);
		await assert.rejects(async () => rejected.enter(exchangeWith()), /down/);
		const enter = (): never => {
			throw new Error("thrown");
		};
		const followed = compilePipeline([
			...rooms([], { a: Promise.resolve(undefined) }),
			{ key: "b", open: { enter } },
		]);
		await assert.rejects(async () => followed.enter(exchangeWith()), /thrown/);
	});
});

describe("what a route sets for itself", () => {
	const own: OpenRoom = { enter: () => ({ ...VERDICT, status: 429 }) };

	test("stands in for the app's", () => {
		const trace: string[] = [];
		const pipeline = compilePipeline(rooms(trace, { headers: undefined, rateLimit: undefined }));
		assert.deepEqual(pipeline.enter(exchangeWith({ rateLimit: own })), { ...VERDICT, status: 429 });
		assert.deepEqual(trace, ["headers"]);
	});

	test("is asked for in no other room", () => {
		const trace: string[] = [];
		const pipeline = compilePipeline(rooms(trace, { cors: undefined, health: undefined }));
		pipeline.enter(exchangeWith({ cors: own, health: own } as never));
		assert.deepEqual(trace, ["cors", "health"]);
	});

	test("leaves the app's in place where a route sets nothing", () => {
		for (const overrides of [undefined, {}, { headers: undefined }]) {
			const trace: string[] = [];
			compilePipeline(rooms(trace, { headers: undefined, rateLimit: undefined })).enter(
				exchangeWith(overrides),
			);
			assert.deepEqual(trace, ["headers", "rateLimit"]);
		}
	});

	test("may be unknown to the framework", () => {
		const trace: string[] = [];
		const exchange = { native: {}, framework: {} } as never;
		compilePipeline(rooms(trace, { rateLimit: undefined })).enter(exchange);
		assert.deepEqual(trace, ["rateLimit"]);
	});
});

describe("the order of the rooms", () => {
	const place = (key: string): number => TABLE.findIndex(({ room }) => room.key === key);
	const before: readonly (readonly [first: string, then: string, why: string])[] = [
		["requestId", "logging", "every line has an id"],
		["logging", "health", "a refusal has its line"],
		["proxy", "rateLimit", "the limit knows the client"],
		["proxy", "headers", "headers know whether it came by https"],
		["headers", "health", "every answer has its headers"],
		["headers", "cors", "every answer has its headers"],
		["headers", "rateLimit", "a 429 has its headers"],
		["health", "cors", "a probe is not refused"],
		["health", "rateLimit", "a probe is not limited"],
		["cors", "rateLimit", "a browser may read a 429"],
		["proxy", "csrf", "the own origin is known"],
		["cors", "csrf", "a site that may send cookies may act with them"],
		["rateLimit", "csrf", "what is refused counts"],
	];
	for (const [first, then, why] of before) {
		test(`${first} comes before ${then}: ${why}`, () => {
			assert.ok(place(first) !== -1 && place(first) < place(then));
		});
	}

	test("begins with the id, and every place has its reason", () => {
		assert.equal(place("requestId"), 0);
		for (const { reason } of TABLE) assert.match(reason, /\w+ \w+/);
	});

	test("holds no room twice, and none that the options do not know", () => {
		const keys = TABLE.map(({ room }) => room.key);
		assert.equal(new Set(keys).size, keys.length);
		for (const { room } of TABLE) assert.ok(ROOMS.includes(room));
	});
});
