import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { awaitSilence } from "./silence.ts";

const LINGER_MS = 40;
const UNLIMITED = Number.POSITIVE_INFINITY;

/** How often it asked whether somebody is idle; `most` ends it. */
async function looks(silentMs: number, lingerMs: number, limitMs: number, most = 1_000): Promise<number> {
	let looks = 0;
	const hasIdle = (): boolean => looks++ < most;
	await awaitSilence(() => silentMs, hasIdle, lingerMs, limitMs);
	return looks;
}

describe("a linger that goes on while requests come", () => {
	test("ends where none has come for a quarter of it", async () => {
		assert.equal(await looks(LINGER_MS / 4, LINGER_MS, UNLIMITED), 0);
		assert.ok((await looks(LINGER_MS / 4 - 1, LINGER_MS, UNLIMITED)) > 0);
	});

	test("ends where nobody is left who could ask", async () => {
		assert.equal(await looks(0, LINGER_MS, UNLIMITED, 2), 3);
	});

	test("ends by itself: behind twice its time, or at the limit", async () => {
		const startedAtMs = performance.now();
		await looks(0, LINGER_MS, UNLIMITED);
		assert.ok(performance.now() - startedAtMs >= 2 * LINGER_MS - 1);
		assert.equal(await looks(0, LINGER_MS, 0), 0);
	});

	test("there is none without a linger", async () => {
		assert.equal(await looks(0, 0, UNLIMITED), 0);
	});
});
