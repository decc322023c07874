import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { createReadiness, type ReadinessCheck, type ReadinessCheckOptions } from "./readiness.ts";

/** Readiness with a clock that only moves when it is told to, and what it has said. */
function readiness() {
	const said: string[] = [];
	const clock = { nowMs: 0 };
	const checks = createReadiness(
		({ name, status }, error) =>
			said.push(`${name} ${status}${error instanceof Error ? ` ${error.message}` : ""}`),
		() => clock.nowMs,
	);
	return {
		said,
		clock,
		add: (name: string, check: ReadinessCheck, options?: ReadinessCheckOptions) =>
			checks.add(name, check, options),
		/** `name status` of every check. */
		statuses: async () => (await checks.results()).map(({ name, status }) => `${name} ${status}`),
		results: () => checks.results(),
	};
}

/** Lets everything run that waits for nothing but its turn. */
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe("what a check answers", () => {
	const answers: Readonly<Record<string, readonly [ReadinessCheck, "ok" | "failed"]>> = {
		"a value is a yes": [() => "PONG", "ok"],
		"nothing is a yes": [() => undefined, "ok"],
		"a promise of nothing is a yes": [async () => {}, "ok"],
		"zero rows are a yes": [() => 0, "ok"],
		"false is a no": [() => false, "failed"],
		"a promise of false is a no": [async () => false, "failed"],
		"a throw is a no": [
			() => {
				throw new Error("down");
			},
			"failed",
		],
		"a throw of nothing is a no": [
			() => {
				throw null;
			},
			"failed",
		],
		"a rejection is a no": [() => Promise.reject(new Error("down")), "failed"],
		"a rejection of nothing is a no": [() => Promise.reject(undefined), "failed"],
	};
	for (const [name, [check, status]] of Object.entries(answers)) {
		test(name, async () => {
			const { add, statuses } = readiness();
			add("db", check);
			assert.deepEqual(await statuses(), [`db ${status}`]);
		});
	}

	test("without a check there is nothing to wait for", async () => {
		assert.deepEqual(await readiness().statuses(), []);
	});

	test("several are asked side by side, and told in the order in which they came", async () => {
		const { add, statuses } = readiness();
		let release = (): void => {};
		add("slow", () => new Promise<void>((resolve) => (release = resolve)));
		add("fast", () => release());
		assert.deepEqual(await statuses(), ["slow ok", "fast ok"]);
	});

	test("whether it is critical is told along", async () => {
		const { add, results } = readiness();
		add("db", () => true);
		add("cache", () => false, { isCritical: false });
		assert.deepEqual(
			(await results()).map(({ isCritical }) => isCritical),
			[true, false],
		);
	});
});

describe("a check that hangs", () => {
	test("T156 is a timeout after its time, and its signal aborts", async (t) => {
		t.mock.timers.enable({ apis: ["setTimeout"] });
		const { add, statuses } = readiness();
		let signal: AbortSignal | undefined;
		add(
			"db",
			(given) => {
				signal = given;
				return new Promise(() => {});
			},
			{ timeoutMs: 300 },
		);
		const asked = statuses();
		await settled();
		t.mock.timers.tick(299);
		await settled();
		assert.equal(signal?.aborted, false);
		t.mock.timers.tick(1);
		assert.deepEqual(await asked, ["db timeout"]);
		assert.match(String(signal?.reason), /no answer within 300 ms/);
	});

	test("has one second by default", async (t) => {
		t.mock.timers.enable({ apis: ["setTimeout"] });
		const { add, statuses } = readiness();
		add("db", () => new Promise(() => {}));
		const asked = statuses();
		await settled();
		t.mock.timers.tick(1_000);
		assert.deepEqual(await asked, ["db timeout"]);
	});

	test("does not hold up the others' answers", async (t) => {
		t.mock.timers.enable({ apis: ["setTimeout"] });
		const { add, statuses } = readiness();
		add("db", () => new Promise(() => {}));
		add("cache", () => true);
		const asked = statuses();
		await settled();
		t.mock.timers.tick(1_000);
		assert.deepEqual(await asked, ["db timeout", "cache ok"]);
	});

	test("T156 is not asked again while it still hangs, however many probes come", async (t) => {
		t.mock.timers.enable({ apis: ["setTimeout"] });
		const { add, statuses, clock } = readiness();
		let asked = 0;
		let answer = (): void => {};
		add("db", () => {
			asked++;
			return new Promise<void>((resolve) => (answer = resolve));
		});
		const first = statuses();
		await settled();
		t.mock.timers.tick(1_000);
		await first;
		for (let probe = 0; probe < 20; probe++) {
			clock.nowMs += 5_000;
			assert.deepEqual(await Promise.race([statuses(), settled()]), ["db timeout"]);
		}
		assert.equal(asked, 1);
		answer();
		await settled();
		clock.nowMs += 5_000;
		const again = statuses();
		await settled();
		answer();
		assert.deepEqual(await again, ["db ok"]);
		assert.equal(asked, 2);
	});
});

describe("however many probes come", () => {
	test("T157 a dependency is asked once in its time to live", async () => {
		const { add, statuses, clock } = readiness();
		let asked = 0;
		add("db", () => ++asked);
		for (let probe = 0; probe < 300; probe++) {
			clock.nowMs = probe * 10;
			assert.deepEqual(await statuses(), ["db ok"]);
		}
		assert.equal(asked, 3);
	});

	test("T157 those that come at once share one question", async () => {
		const { add, statuses } = readiness();
		let asked = 0;
		add("db", async () => ++asked);
		const answers = await Promise.all(Array.from({ length: 50 }, statuses));
		assert.deepEqual([asked, answers.length], [1, 50]);
	});

	test("a time to live of nothing asks each time", async () => {
		const { add, statuses } = readiness();
		let asked = 0;
		add("db", () => ++asked, { ttlMs: 0 });
		await statuses();
		await statuses();
		assert.equal(asked, 2);
	});
});

describe("what is said", () => {
	test("a change, and nothing else", async () => {
		const { add, statuses, clock, said } = readiness();
		let isUp = true;
		add("db", () => {
			if (!isUp) throw new Error("connection refused");
		});
		for (const next of [true, true, false, false, true, true]) {
			isUp = next;
			clock.nowMs += 2_000;
			await statuses();
		}
		assert.deepEqual(said, ["db failed connection refused", "db ok"]);
	});

	test("also that the first answer is a no", async () => {
		const { add, statuses, said } = readiness();
		add("db", () => false);
		await statuses();
		assert.deepEqual(said, ["db failed"]);
	});
});

describe("a check that is taken away", () => {
	test("is asked no more", async () => {
		const { add, statuses } = readiness();
		const remove = add("db", () => false);
		add("cache", () => true);
		remove();
		remove();
		assert.deepEqual(await statuses(), ["cache ok"]);
	});

	test("leaves the one that has taken its name", async () => {
		const { add, statuses } = readiness();
		const removeFirst = add("db", () => false);
		add("db", () => true);
		removeFirst();
		assert.deepEqual(await statuses(), ["db ok"]);
	});
});
