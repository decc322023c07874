import assert from "node:assert/strict";
import { AsyncLocalStorage } from "node:async_hooks";
import { test } from "node:test";
import { isOutage, outageError } from "./outage.ts";
import type { StoreCallback } from "./store.ts";
import { createTurns } from "./turns.ts";

const TIMEOUT_MS = 100;
/** More than any stack is deep. */
const MANY = 5_000;

/** A store that answers when the test says so, and a clock. */
function turnsAt() {
	let nowMs = 1_000;
	const turns = createTurns(TIMEOUT_MS, () => nowMs);
	const sent: { readonly who: string; readonly leftMs: number | undefined; over: StoreCallback }[] = [];
	const ends: [who: string, isOut: boolean][] = [];
	return {
		turns,
		sent,
		ends,
		take(who: string): void {
			turns.take(
				"id",
				(over, leftMs) => void sent.push({ who, leftMs, over }),
				(error) => void ends.push([who, isOutage(error)]),
			);
		},
		/** How the last that was sent ends, and what comes of it. */
		async answer(afterMs: number, error?: unknown): Promise<void> {
			nowMs += afterMs;
			sent.at(-1)!.over(error);
			for (let n = 0; n < 20; n++) await undefined;
		},
		wait(ms: number): void {
			nowMs += ms;
		},
	};
}

test("everybody waits for his turn as long as the store answers, and has the whole time then", async () => {
	const { sent, ends, take, answer, turns } = turnsAt();
	for (const who of ["a", "b", "c"]) take(who);
	for (let n = 0; n < 3; n++) await answer(90);
	assert.deepEqual(
		sent.map(({ who, leftMs }) => [who, leftMs]),
		[
			["a", undefined],
			["b", TIMEOUT_MS],
			["c", TIMEOUT_MS],
		],
	);
	assert.deepEqual(ends, [
		["a", false],
		["b", false],
		["c", false],
	]);
	assert.equal(turns.isTaken("id"), false);
});

test("at a store that hangs those who wait are over when their own time is, and are not sent", async () => {
	const { sent, ends, take, wait, answer, turns } = turnsAt();
	for (const who of ["a", "b", "c"]) take(who);
	wait(40);
	for (const who of ["d", "e", "f"]) take(who);
	await answer(60, outageError());
	assert.deepEqual(
		sent.map(({ who, leftMs }) => [who, leftMs]),
		[
			["a", undefined],
			["d", 40],
		],
	);
	await answer(40, outageError());
	assert.equal(sent.length, 2);
	assert.deepEqual(
		ends,
		["a", "b", "c", "d", "e", "f"].map((who) => [who, true]),
	);
	assert.equal(turns.isTaken("id"), false);
});

test("as many as there are go on one after the other, whether the store calls back at once or their time is over", async () => {
	for (const hangs of [false, true]) {
		const { turns, sent, take, wait } = turnsAt();
		take("first");
		let over = 0;
		for (let n = 0; n < MANY; n++) {
			turns.take(
				"id",
				(done) => done(),
				() => over++,
			);
		}
		if (hangs) wait(TIMEOUT_MS);
		sent[0]!.over(hangs ? outageError() : undefined);
		await new Promise(setImmediate);
		assert.deepEqual([over, turns.isTaken("id")], [MANY, false]);
	}
});

test("whatever is thrown by who hears the end, the next one has his turn, as himself", async () => {
	const { turns } = turnsAt();
	const who = new AsyncLocalStorage<string>();
	const error = new Error("the program's");
	let over: StoreCallback = () => {};
	who.run("a", () =>
		turns.take(
			"id",
			(done) => {
				over = done;
			},
			() => {
				throw error;
			},
		),
	);
	const seen: unknown[] = [];
	who.run("b", () =>
		turns.take(
			"id",
			(done) => {
				seen.push(who.getStore());
				done();
			},
			() => seen.push(who.getStore()),
		),
	);
	assert.throws(() => over(), error);
	await undefined;
	assert.deepEqual(seen, ["b", "b"]);
});
