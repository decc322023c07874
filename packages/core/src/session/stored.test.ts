import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
	judgeStored,
	keptSince,
	type Lifetimes,
	markSession,
	noteKept,
	sessionOf,
	toStored,
} from "./stored.ts";

/** What a library is given of what a store gave. */
function readStored(value: unknown, policy: Lifetimes, knowsEnds: boolean) {
	const judged = judgeStored(value, policy, knowsEnds);
	return typeof judged === "string"
		? { state: judged }
		: { state: "live" as const, session: sessionOf(judged, policy) };
}

const POLICY = { idleTimeoutMs: 10_000, absoluteTimeoutMs: 60_000 };
const NOW = 1_800_000_000_000;

describe("what is stored", () => {
	test("says when it began and when it is over, and comes back as it was", (t) => {
		t.mock.timers.enable({ apis: ["Date"], now: NOW });
		const stored = toStored(
			{ views: 1, cookie: { path: "/", originalMaxAge: null, expires: null } },
			NOW,
			POLICY,
		);
		assert.deepEqual(JSON.parse(JSON.stringify(stored)), {
			views: 1,
			__createdAt: NOW,
			cookie: { path: "/", originalMaxAge: null, expires: new Date(NOW + 10_000).toISOString() },
		});
		const read = readStored(JSON.parse(JSON.stringify(stored)), POLICY, false);
		assert.ok(read.state === "live");
		const { session } = read;
		assert.equal(keptSince(session, "a"), undefined);
		assert.deepEqual(Object.keys(session), ["views", "cookie"]);
		assert.deepEqual(JSON.parse(JSON.stringify(session)), {
			views: 1,
			cookie: { path: "/", originalMaxAge: null, expires: null },
		});
	});

	test("lives as long as its own cookie says, but not past its age", (t) => {
		t.mock.timers.enable({ apis: ["Date"], now: NOW });
		const ends = (cookie: object, createdAtMs: number): number =>
			new Date(toStored({ cookie }, createdAtMs, POLICY).cookie.expires!).getTime() - NOW;
		assert.equal(ends({ originalMaxAge: null, expires: null }, NOW), 10_000);
		assert.equal(ends({ originalMaxAge: 30_000, expires: null }, NOW), 30_000);
		assert.equal(ends({ originalMaxAge: null, expires: new Date(NOW + 20_000) }, NOW), 20_000);
		assert.equal(ends({ originalMaxAge: 90_000, expires: null }, NOW), 60_000);
		assert.equal(ends({ originalMaxAge: null, expires: null }, NOW - 55_000), 5_000);
	});

	test("is over by its end or by its age", (t) => {
		t.mock.timers.enable({ apis: ["Date"], now: NOW });
		const stateOf = (expires: unknown, createdAt?: unknown): string =>
			readStored({ __createdAt: createdAt, cookie: { expires } }, POLICY, false).state;
		assert.equal(stateOf(new Date(NOW + 1).toISOString()), "live");
		assert.equal(stateOf(new Date(NOW).toISOString()), "over");
		assert.equal(stateOf(null, NOW - 59_999), "live");
		assert.equal(stateOf(null, NOW - 60_000), "over");
		// Of another library, which has not noted when it began.
		assert.equal(stateOf(null), "live");
	});

	test("is not over by an end in the data where the store extends the time to live alone", (t) => {
		t.mock.timers.enable({ apis: ["Date"], now: NOW });
		const past = new Date(NOW - 1).toISOString();
		const read = readStored({ cookie: { originalMaxAge: 30_000, expires: past } }, POLICY, true);
		assert.ok(read.state === "live");
		assert.equal((read.session.cookie as { expires: string }).expires, new Date(NOW + 30_000).toISOString());
		assert.equal(
			readStored({ __createdAt: NOW - 60_000, cookie: { expires: past } }, POLICY, true).state,
			"over",
		);
	});

	test("is nothing of the kind where it has no cookie", () => {
		for (const value of [null, 1, "x", [], {}, { cookie: 1 }, { cookie: [] }, { cookie: { expires: "x" } }]) {
			assert.equal(readStored(value, POLICY, false).state, "corrupt", JSON.stringify(value));
		}
	});
});

test("the mark of what is kept shows in nothing that a program looks at", () => {
	const session = { views: 1 };
	markSession(session, "a", NOW, undefined);
	assert.equal(keptSince(session, "a"), NOW);
	assert.deepEqual({ ...session }, { views: 1 });
	assert.equal(JSON.stringify(session), '{"views":1}');
});

test("what is written under another id is a copy, and says nothing of the session itself", () => {
	const session = {};
	markSession(session, "a", undefined, undefined);
	assert.equal(noteKept(session, "b", NOW, undefined), false);
	assert.deepEqual([keptSince(session, "a"), keptSince(session, "b")], [undefined, undefined]);
	assert.equal(noteKept(session, "a", NOW, undefined), true);
	assert.equal(keptSince(session, "a"), NOW);
});
