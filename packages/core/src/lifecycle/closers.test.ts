import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { type CloserFailure, type Closers, createClosers } from "./closers.ts";

/** Runs them, and gives what failed. */
async function run(
	closers: Closers,
	limits: Omit<Parameters<Closers["run"]>[0], "onFailure">,
): Promise<readonly CloserFailure[]> {
	const failures: CloserFailure[] = [];
	await closers.run({ ...limits, onFailure: (failure) => failures.push(failure) });
	return failures;
}

const unlimited = { timeoutMs: 60_000, remainingMs: () => Number.POSITIVE_INFINITY };

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const hangs = (): Promise<never> => new Promise(() => {});

describe("closers", () => {
	test("run one by one, the last that was added first", async () => {
		const closers = createClosers();
		const trace: string[] = [];
		for (const name of ["pool", "queue", "server"]) {
			closers.add(name, async () => {
				trace.push(`${name} begins`);
				await settled();
				trace.push(`${name} ends`);
			});
		}
		assert.deepEqual(await run(closers, unlimited), []);
		assert.deepEqual(trace, [
			"server begins",
			"server ends",
			"queue begins",
			"queue ends",
			"pool begins",
			"pool ends",
		]);
	});

	test("run once, however often they are run", async () => {
		const closers = createClosers();
		let times = 0;
		closers.add("pool", () => ++times);
		await run(closers, unlimited);
		await run(closers, unlimited);
		assert.equal(times, 1);
	});

	test("that were taken away do not run", async () => {
		const closers = createClosers();
		const trace: string[] = [];
		const close = (): void => void trace.push("closed");
		const remove = closers.add("pool", close);
		closers.add("pool", close);
		remove();
		remove();
		await run(closers, unlimited);
		assert.deepEqual(trace, ["closed"]);
	});

	test("that are added meanwhile run too", async () => {
		const closers = createClosers();
		const trace: string[] = [];
		closers.add("first", () => void trace.push("first"));
		closers.add("second", () => {
			trace.push("second");
			closers.add("late", () => void trace.push("late"));
		});
		await run(closers, unlimited);
		assert.deepEqual(trace, ["second", "late", "first"]);
	});

	test("of no program are nothing to wait for", async () => {
		assert.deepEqual(await run(createClosers(), unlimited), []);
	});

	test("say which of them is running", async () => {
		const closers = createClosers();
		const seen: (string | undefined)[] = [closers.running()];
		closers.add("pool", () => void seen.push(closers.running()));
		closers.add("queue", () => void seen.push(closers.running()));
		await run(closers, unlimited);
		assert.deepEqual([...seen, closers.running()], [undefined, "queue", "pool", undefined]);
	});
});

describe("a closer that fails", () => {
	const failures: Readonly<Record<string, () => unknown>> = {
		throws: () => {
			throw new Error("no");
		},
		rejects: () => Promise.reject(new Error("no")),
		"throws nothing": () => {
			throw undefined;
		},
		"rejects with nothing": () => Promise.reject(undefined),
	};
	for (const [name, close] of Object.entries(failures)) {
		test(`because it ${name} is named, and keeps no other from running`, async () => {
			const closers = createClosers();
			const trace: string[] = [];
			closers.add("pool", () => void trace.push("pool"));
			closers.add("queue", close);
			closers.add("server", () => void trace.push("server"));
			const failed = await run(closers, unlimited);
			assert.deepEqual(
				failed.map((failure) => [failure.name, failure.isTimeout]),
				[["queue", false]],
			);
			assert.deepEqual(trace, ["server", "pool"]);
		});
	}
});

describe("a closer that hangs", () => {
	test("is given up after its time, told by its signal, and the next one runs", async (t) => {
		t.mock.timers.enable({ apis: ["setTimeout"] });
		const closers = createClosers();
		const trace: string[] = [];
		let signal: AbortSignal | undefined;
		closers.add("pool", () => void trace.push("pool"));
		closers.add(
			"queue",
			(given) => {
				signal = given;
				return hangs();
			},
			{ timeoutMs: 200 },
		);
		const ran = run(closers, unlimited);
		await settled();
		t.mock.timers.tick(199);
		await settled();
		assert.deepEqual([signal?.aborted, trace], [false, []]);
		t.mock.timers.tick(1);
		const failed = await ran;
		assert.deepEqual(
			failed.map(({ name, isTimeout }) => [name, isTimeout]),
			[["queue", true]],
		);
		assert.match(String(failed[0]?.error), /not finished after 200 ms/);
		assert.deepEqual([signal?.aborted, trace], [true, ["pool"]]);
	});

	test("has the time that all of them have, unless it says otherwise", async (t) => {
		t.mock.timers.enable({ apis: ["setTimeout"] });
		const closers = createClosers();
		closers.add("queue", hangs);
		const ran = run(closers, { ...unlimited, timeoutMs: 50 });
		await settled();
		t.mock.timers.tick(50);
		assert.match(String((await ran)[0]?.error), /after 50 ms/);
	});

	test("never has more time than is left, and those after it still have their turn", async (t) => {
		t.mock.timers.enable({ apis: ["setTimeout"] });
		const closers = createClosers();
		let isPoolClosed = false;
		let remainingMs = 100;
		closers.add("pool", () => {
			isPoolClosed = true;
		});
		closers.add("queue", hangs, { timeoutMs: 60_000 });
		const ran = run(closers, { timeoutMs: 5_000, remainingMs: () => remainingMs });
		await settled();
		remainingMs = -20;
		t.mock.timers.tick(100);
		const [failure] = (await Promise.race([ran, settled()])) ?? [];
		assert.match(String(failure?.error), /after 100 ms/);
		assert.equal(isPoolClosed, true);
	});

	test("costs the others nothing in a last moment in which the process got no processor", async () => {
		const closers = createClosers();
		const trace: string[] = [];
		closers.add("pool", () => void trace.push("pool"));
		closers.add("queue", hangs);
		closers.add("server", () => {
			const untilMs = performance.now() + 30;
			while (performance.now() < untilMs);
		});
		const ran = run(closers, { timeoutMs: 5_000, remainingMs: () => 0 });
		await Promise.race([ran, closers.lastMoment(10, true)]);
		assert.deepEqual([trace, closers.unfinished()], [["pool"], []]);
	});

	test("is given up when the last moment is over, whatever it has, and each that waits has a turn", async () => {
		const closers = createClosers();
		const trace: string[] = [];
		closers.add("pool", () => void trace.push("pool"));
		closers.add("queue", hangs);
		const ran = run(closers, unlimited);
		await closers.lastMoment(10, true);
		assert.deepEqual([trace, closers.unfinished()], [["pool"], []]);
		assert.deepEqual(
			(await ran).map(({ name, isTimeout }) => [name, isTimeout]),
			[["queue", true]],
		);
	});

	test("that ends after all, badly, harms nobody", async (t) => {
		t.mock.timers.enable({ apis: ["setTimeout"] });
		const closers = createClosers();
		let reject = (_: Error): void => {};
		closers.add("queue", () => new Promise((_, no) => (reject = no)), { timeoutMs: 10 });
		const ran = run(closers, unlimited);
		await settled();
		t.mock.timers.tick(10);
		assert.equal((await ran).length, 1);
		reject(new Error("too late"));
		await settled();
	});

	test("none runs once they are stopped, and none is told of", async () => {
		const closers = createClosers();
		const ran: string[] = [];
		let fail: ((error: Error) => void) | undefined;
		closers.add("never", () => ran.push("never"));
		closers.add("slow", () => new Promise((_resolve, reject) => (fail = reject)));
		closers.add("fine", () => ran.push("fine"));
		const failures = run(closers, unlimited);
		while (fail === undefined) await Promise.resolve();
		closers.stop();
		assert.deepEqual(closers.unfinished(), ["slow", "never"]);
		fail(new Error("too late"));
		assert.deepEqual([await failures, ran], [[], ["fine"]]);
	});
});
