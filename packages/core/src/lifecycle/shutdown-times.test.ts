import assert from "node:assert/strict";
import { test } from "node:test";
import { closerMs, lastClosersMs, leavingMs } from "./shutdown-times.ts";

test("a closer has all the time there is, and behind the deadline its part of a last moment", () => {
	const lastMs = lastClosersMs(4_000);
	assert.equal(closerMs(3_000, lastMs, 4), 3_000);
	assert.equal(closerMs(0, lastMs, 4), lastMs / 4);
	assert.equal(closerMs(-lastMs / 4, lastMs, 3), lastMs / 4);
	assert.ok(closerMs(-lastMs, lastMs, 1) <= 0);
	// Just before the deadline one is not worse off than behind it.
	assert.ok(closerMs(1, lastMs, 2) > lastMs / 2);
});

test("what comes behind a deadline fits into what a grace leaves of it, and into what a primary gives its workers", () => {
	for (const graceMs of [1_250, 5_000, 10_000, 30_000, 300_000]) {
		const leftOfGraceMs = Math.min(graceMs / 5, 2_000);
		const deadlineMs = graceMs - leftOfGraceMs;
		assert.ok(leavingMs(deadlineMs, true) <= leftOfGraceMs, `${graceMs} ms`);
		assert.ok(lastClosersMs(deadlineMs) <= leavingMs(deadlineMs, true) / 2, `${graceMs} ms`);
	}
	assert.ok(leavingMs(8_000, true) < 1_000);
});
