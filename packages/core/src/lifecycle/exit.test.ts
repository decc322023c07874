import assert from "node:assert/strict";
import { test } from "node:test";
import type { Logger } from "../log/logger.ts";
import { leave } from "./exit.ts";

const { wait } = Atomics;
const WORD = new Int32Array(new SharedArrayBuffer(4));

test("a wait for another thread is no longer than the exit may take", async (t) => {
	let waited = Number.NaN;
	t.mock.method(process, "exit", () => {
		const startedAtMs = performance.now();
		Atomics.wait(WORD, 0, 0, 10_000);
		waited = performance.now() - startedAtMs;
	});
	await leave({} as Logger, () => 0, 50);
	assert.ok(waited < 5_000, `${waited} ms`);
});

test("and where it is over nobody waits again and again", async (t) => {
	t.mock.method(process, "exit", () => {
		assert.throws(() => {
			for (;;) Atomics.wait(WORD, 0, 0, 1);
		}, /no time left to wait/);
	});
	await leave({} as Logger, () => 0, 50);
});

test("where a test has replaced process.exit by something that comes back, or throws, waits are as before", async (t) => {
	const codes: unknown[] = [];
	const exit = t.mock.method(process, "exit", (code: unknown) => codes.push(code));
	await leave({} as Logger, () => 3, 10);
	assert.equal(Atomics.wait, wait);
	exit.mock.mockImplementation(() => {
		throw new Error("process.exit was called");
	});
	await assert.rejects(
		leave({} as Logger, () => 4, 10),
		/process\.exit was called/,
	);
	assert.equal(Atomics.wait, wait);
	assert.deepEqual(codes, [3]);
});
