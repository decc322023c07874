import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { closeSync, mkdtempSync, openSync, rmSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, type TestContext, test } from "node:test";
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
	await leave({} as Logger, () => 0, 50, false);
	assert.ok(waited < 5_000, `${waited} ms`);
});

test("and where it is over nobody waits again and again", async (t) => {
	t.mock.method(process, "exit", () => {
		assert.throws(() => {
			for (;;) Atomics.wait(WORD, 0, 0, 1);
		}, /no time left to wait/);
	});
	await leave({} as Logger, () => 0, 50, false);
});

test("where a test has replaced process.exit by something that comes back, or throws, waits are as before", async (t) => {
	const codes: unknown[] = [];
	const exit = t.mock.method(process, "exit", (code: unknown) => codes.push(code));
	await leave({} as Logger, () => 3, 10, false);
	assert.equal(Atomics.wait, wait);
	exit.mock.mockImplementation(() => {
		throw new Error("process.exit was called");
	});
	await assert.rejects(
		leave({} as Logger, () => 4, 10, false),
		/process\.exit was called/,
	);
	assert.equal(Atomics.wait, wait);
	assert.deepEqual(codes, [3]);
});

describe("Node's own end, which waits for its threads", () => {
	const HEALTHY = {} as Logger;
	const STUCK = { flush: () => new Promise(() => {}) } as unknown as Logger;
	const FAILED = { flush: () => Promise.reject(new Error("ENOSPC")) } as unknown as Logger;
	const LOOKUP = "GetAddrInfoReqWrap";
	const FILE = "FSReqCallback";
	// One that is replaced comes back, and Node's own end is all there is then.
	const IN_PLACE = ["shell: exit 3", "exit 3"];

	interface Leaving {
		readonly log?: Logger;
		readonly code?: number;
		readonly isForced?: boolean;
		/** What its threads do, one look after the other. */
		readonly at?: string[][];
	}

	/** What a process does that leaves, for its end. */
	async function leaving(
		t: TestContext,
		{ log = HEALTHY, code = 3, isForced = false, at = [[]] }: Leaving,
	): Promise<string[]> {
		const done: string[] = [];
		const ending = process as unknown as Record<"reallyExit" | "execve", (...args: never[]) => void>;
		t.mock.method(process, "exit", (code: number) => ending.reallyExit(code as never));
		t.mock.method(ending, "reallyExit", (code: number) => done.push(`exit ${code}`));
		t.mock.method(ending, "execve", (_file: string, args: string[]) => done.push(`shell: ${args.at(-1)}`));
		t.mock.method(process, "getActiveResourcesInfo", () => (at.length > 1 ? at.shift() : at[0]));
		await leave(log, () => code, 200, isForced);
		t.mock.restoreAll();
		return done;
	}

	test("is taken where nothing stands, or a log has merely failed", async (t) => {
		assert.deepEqual(await leaving(t, {}), ["exit 3"]);
		assert.deepEqual(await leaving(t, { at: [[FILE]] }), ["exit 3"]);
		assert.deepEqual(await leaving(t, { log: FAILED }), ["exit 3"]);
	});

	test("is taken where somebody will not wait, or the time is over, and nothing stands either", async (t) => {
		assert.deepEqual(await leaving(t, { isForced: true }), ["exit 3"]);
		const at = [[FILE], [FILE], []];
		assert.deepEqual(await leaving(t, { isForced: true, at }), ["exit 3"]);
		assert.deepEqual(at, [[]], "files are written to their end");
	});

	test("is not where a log was given up, or a name is looked up", async (t) => {
		t.mock.method(process.stderr, "write", () => true);
		assert.deepEqual(await leaving(t, { log: STUCK }), IN_PLACE);
		assert.deepEqual(await leaving(t, { at: [[LOOKUP]] }), IN_PLACE);
	});

	test("is not where a file stands for which nobody will wait", async (t) => {
		assert.deepEqual(await leaving(t, { isForced: true, at: [[FILE]] }), IN_PLACE);
	});

	test("is not where all threads are at something that Node does not tell of", async (t) => {
		const threads = Number(process.env.UV_THREADPOOL_SIZE ?? 4);
		const folder = mkdtempSync(join(tmpdir(), "exit-"));
		t.after(() => rmSync(folder, { recursive: true }));
		const pipe = join(folder, "pipe");
		execFileSync("mkfifo", [pipe]);
		// Each stands until there is somebody who could write.
		const readers = Array.from({ length: threads }, () => readFile(pipe));
		assert.deepEqual(await leaving(t, { isForced: true }), IN_PLACE);
		closeSync(openSync(pipe, "r+"));
		await Promise.all(readers);
	});

	test("has a code of a byte", async (t) => {
		assert.deepEqual(await leaving(t, { log: STUCK, code: -1 }), ["shell: exit 255", "exit -1"]);
	});

	test("is taken where the system lets nobody start a shell", async (t) => {
		mockTrials(t, [{ status: null, signal: null, error: new Error("EAGAIN") }]);
		assert.deepEqual(await leaving(t, { at: [[LOOKUP]] }), ["exit 3"]);
		mockTrials(t, [{ status: 127, signal: null }]);
		assert.deepEqual(await leaving(t, { at: [[LOOKUP]] }), ["exit 3"]);
	});

	test("is not where a shell was only hit by a Ctrl-C that was meant for all, or late", async (t) => {
		const hit = { status: null, signal: "SIGINT" };
		const late = { status: null, signal: "SIGTERM", error: new Error("ETIMEDOUT") };
		mockTrials(t, [hit, late, { status: 0, signal: null }]);
		assert.deepEqual(await leaving(t, { at: [[LOOKUP]] }), IN_PLACE);
		mockTrials(t, [hit]);
		assert.deepEqual(await leaving(t, { at: [[LOOKUP]] }), ["exit 3"]);
	});

	function mockTrials(t: TestContext, ends: object[]): void {
		const trial = (): object => (ends.length > 1 ? ends.shift()! : ends[0]!);
		t.mock.method(process.getBuiltinModule("node:child_process"), "spawnSync", trial);
	}
});
