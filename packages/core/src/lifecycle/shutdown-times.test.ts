import assert from "node:assert/strict";
import { test } from "node:test";
import { closerMs, forWorkersMs, lastClosersMs, leavingMs } from "./shutdown-times.ts";

test("a closer has all the time there is, and of a last moment its part", () => {
	assert.equal(closerMs(3_000, 400, 4), 3_000);
	assert.equal(closerMs(0, 400, 4), 100);
	assert.equal(closerMs(-500, 300, 3), 100);
	assert.ok(closerMs(-500, -100, 1) <= 0);
	// Just before the deadline one is not worse off than behind it.
	assert.equal(closerMs(1, 400, 2), 200);
});

test("what comes behind a deadline fits into what is left of a grace, also where workers have had their part", () => {
	for (const graceMs of [1_250, 2_000, 5_000, 10_000, 30_000, 300_000]) {
		const deadlineMs = graceMs - Math.min(graceMs / 5, 2_000);
		for (const givenMs of [0, forWorkersMs(deadlineMs)]) {
			const leaving = leavingMs(deadlineMs, givenMs, true);
			assert.ok(deadlineMs + givenMs + leaving <= graceMs, `${graceMs} ms`);
			assert.ok(lastClosersMs(deadlineMs) <= leaving / 2, `${graceMs} ms`);
		}
		// A primary sees its workers end.
		assert.ok(lastClosersMs(deadlineMs) <= forWorkersMs(deadlineMs) / 2, `${graceMs} ms`);
	}
});
