import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { graceFaults } from "./invariants.ts";

const GRACE_MS = 30_000;

function faults(
	deadlineMs: number,
	origin: string,
	graceMs: number | undefined = GRACE_MS,
): readonly string[] {
	return graceFaults({ deadlineMs }, graceMs, { "shutdown.deadlineMs": origin }).map(
		({ code, at, hint }) => `${code} ${at} -> ${hint}`,
	);
}

describe("a deadline of the code and the grace of the platform", () => {
	test("a deadline before the kill is one", () => {
		assert.deepEqual(faults(GRACE_MS - 1, "code"), []);
	});

	for (const deadlineMs of [GRACE_MS, GRACE_MS + 1, 10 * GRACE_MS]) {
		test(`${deadlineMs} ms within ${GRACE_MS} ms are none, and the right figure is named`, () => {
			assert.deepEqual(faults(deadlineMs, "code"), [
				"OPTIONS_INCOHERENT shutdown.deadlineMs -> shutdown: { deadlineMs: 28000 }, or more grace and SHUTDOWN_GRACE_SECONDS",
			]);
		});
	}

	test("only what the code says is judged", () => {
		assert.deepEqual(faults(GRACE_MS * 2, "platform:kubernetes"), []);
	});

	test("where nobody knows the grace, or there is none, any deadline goes", () => {
		assert.deepEqual(graceFaults({ deadlineMs: 600_000 }, undefined, { "shutdown.deadlineMs": "code" }), []);
		assert.deepEqual(faults(600_000, "code", 0), []);
	});

	test("a room that is off has no deadline", () => {
		assert.deepEqual(graceFaults(false, GRACE_MS, {}), []);
	});
});
