import assert from "node:assert/strict";
import { test } from "node:test";
import { createKeeper } from "./keeper.ts";
import { isOutage } from "./outage.ts";
import type { InnerStore } from "./store.ts";
import { openVisit } from "./visit.ts";

const POLICY = {
	idleTimeoutMs: 10_000,
	absoluteTimeoutMs: 60_000,
	storeTimeoutMs: 100,
	onOutage: "unavailable",
} as const;

const log = (): never => ({ info() {}, warn() {}, error() {} }) as never;
const missing = Object.assign(new Error("no such file"), { code: "ENOENT" });

/** A store that does nothing, but for what a test says. */
function keeperOf(more: Partial<InnerStore>, policy: Partial<Record<keyof typeof POLICY, unknown>> = {}) {
	const inner: InnerStore = {
		get: (_id, done) => done(null),
		set: (_id, _session, done) => done(null, true),
		destroy: (_id, done) => done(null),
		...more,
	};
	return createKeeper({ ...POLICY, ...policy } as typeof POLICY, inner, log);
}

test("a file that is missing is no session, where one is read or destroyed; where one is written it is an outage", () => {
	const keeper = keeperOf({
		get: (_id, done) => done(missing),
		set: (_id, _session, done) => done(missing),
		destroy: (_id, done) => done(missing),
	});
	keeper.get("a", (error, session) => assert.deepEqual([error, session], [null, undefined]));
	keeper.destroy("a", (error) => assert.equal(error, undefined));
	keeper.set("a", { cookie: {} }, (error) => assert.equal(isOutage(error), true));
});

test("a store that ends its calls by itself is given no deadline", (t) => {
	t.mock.timers.enable({ apis: ["setTimeout"] });
	let error: unknown;
	keeperOf({ get: () => {}, isGuarded: true }).get("a", (given) => {
		error = given;
	});
	t.mock.timers.tick(60_000);
	assert.equal(error, undefined);
});

test("only what a library asks for while it enters is the visit's", () => {
	const keeper = keeperOf({ get: (_id, done) => done(null, { cookie: {} }) });
	const visit = openVisit();
	keeper.enter(
		visit,
		(done) => keeper.get("asked", () => done()),
		() => keeper.get("by the program", () => {}),
	);
	assert.equal(visit.askedId, "asked");
	assert.equal(visit.isLoaded, true);
});

test("a session that was saved once is written over, and no longer brought to life", () => {
	const asked: unknown[] = [];
	const keeper = keeperOf({
		heedsMustExist: true,
		set(_id, _session, done, options) {
			asked.push(options?.mustExist);
			done(null, asked.length === 1);
		},
	});
	const session = { cookie: {} };
	const visit = openVisit();
	keeper.adopt(session, visit, "a");
	keeper.set("a", session);
	assert.equal(visit.goneId, undefined);
	keeper.set("a", session);
	assert.deepEqual(asked, [false, true]);
	assert.equal(visit.goneId, "a");
});
