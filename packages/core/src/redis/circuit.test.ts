import assert from "node:assert/strict";
import { describe, type TestContext, test } from "node:test";
import { createCircuit } from "./circuit.ts";

const BUDGET_MS = 100;
/** Longer than the circuit waits between two probes. */
const PROBE_MS = 400;

interface Question {
	readonly key: string;
	answer(): void;
	fail(error: unknown): void;
}

/** A circuit whose time and whose Redis are the test's. */
function circuit(t: TestContext) {
	t.mock.timers.enable({ apis: ["setTimeout"] });
	const probes: Question[] = [];
	const said: string[] = [];
	let nowMs = 0;
	const made = createCircuit({
		budgetMs: BUDGET_MS,
		probe: (key) =>
			new Promise<void>((resolve, reject) => {
				probes.push({ key, answer: resolve, fail: reject });
			}),
		reconnect: () => said.push("reconnect"),
		reasonOf: (error) => (error instanceof Error && error.name === "ReplyError" ? undefined : String(error)),
		onAway: (reason) => said.push(`away: ${reason}`),
		onUp: (awayMs) => void (awayMs !== undefined && said.push("back")),
		nowMs: () => nowMs,
	});
	t.after(made.stop);
	async function pass(ms: number): Promise<void> {
		nowMs += ms;
		t.mock.timers.tick(ms);
		await settle();
	}
	/** What a call came to; nothing while it is out. */
	function call(send: () => Promise<string>, key = "k"): { seen: string | undefined } {
		const outcome: { seen: string | undefined } = { seen: undefined };
		made.call(key, send).then(
			(value) => {
				outcome.seen = value;
			},
			(error: unknown) => {
				outcome.seen = `rejected: ${(error as Error).message}`;
			},
		);
		return outcome;
	}
	/** As it is once Redis has answered. */
	async function up(): Promise<void> {
		made.look();
		probes.pop()!.answer();
		await settle();
		assert.equal(made.state(), "up");
	}
	/** The program keeps the loop to itself: no timer runs meanwhile. */
	function block(ms: number): void {
		nowMs += ms;
		t.mock.timers.tick(BUDGET_MS);
	}
	return { made, probes, said, pass, block, call, up };
}

/** All that is settled is heard of. */
async function settle(): Promise<void> {
	for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve));
}

const hangs = (): Promise<string> => new Promise(() => {});
const answers = (): Promise<string> => Promise.resolve("answer");

describe("while Redis answers", () => {
	test("a call has its answer", async (t) => {
		const { call, up, said } = circuit(t);
		await up();
		const outcome = call(answers);
		await settle();
		assert.equal(outcome.seen, "answer");
		assert.deepEqual(said, []);
	});

	test("its whole time is Redis', however long the program keeps the loop busy", async (t) => {
		const { made, call, up, block } = circuit(t);
		await up();
		const outcome = call(() => new Promise((done) => setImmediate(() => setImmediate(done, "answer"))));
		block(3 * BUDGET_MS);
		await settle();
		assert.deepEqual([outcome.seen, made.state()], ["answer", "up"]);
	});

	test("and no more than that once the loop is free", async (t) => {
		const { call, up, block, pass } = circuit(t);
		await up();
		const outcome = call(hangs);
		block(3 * BUDGET_MS);
		await pass(BUDGET_MS);
		assert.equal(outcome.seen, "rejected: redis is away: timeout");
	});

	test("an error that Redis answers is handed on, and Redis is not away", async (t) => {
		const { made, call, up } = circuit(t);
		await up();
		const error = Object.assign(new Error("OOM"), { name: "ReplyError" });
		const outcome = call(() => Promise.reject(error));
		await settle();
		assert.deepEqual([outcome.seen, made.state()], ["rejected: OOM", "up"]);
	});
});

describe("a Redis that does not answer", () => {
	test("costs the first call its budget, and the next ones nothing", async (t) => {
		const { call, up, pass, said } = circuit(t);
		await up();
		const first = call(hangs);
		await pass(BUDGET_MS - 1);
		assert.equal(first.seen, undefined);
		await pass(1);
		assert.equal(first.seen, "rejected: redis is away: timeout");
		let sent = 0;
		const second = call(async () => `sent ${++sent}`);
		await settle();
		assert.equal(second.seen, "rejected: redis is away: timeout");
		assert.deepEqual([sent, said], [0, ["away: timeout"]]);
	});

	test("is away at once where the connection fails", async (t) => {
		const { call, up, said } = circuit(t);
		await up();
		call(() => Promise.reject("ECONNRESET"));
		await settle();
		assert.deepEqual(said, ["away: ECONNRESET"]);
	});

	test("is told once, however many calls were out", async (t) => {
		const { call, up, pass, said } = circuit(t);
		await up();
		for (let calls = 0; calls < 50; calls++) call(hangs);
		await pass(BUDGET_MS);
		assert.deepEqual(said, ["away: timeout"]);
	});

	test("what has arrived while the process was busy counts as in time", async (t) => {
		const { made, call, up } = circuit(t);
		await up();
		let arrive = (_: string): void => {};
		const outcome = call(
			() =>
				new Promise((resolve) => {
					arrive = resolve;
				}),
		);
		// In the turn of the loop in which the time is up, the answer is read behind the timers.
		setTimeout(() => arrive("there"), BUDGET_MS);
		t.mock.timers.tick(BUDGET_MS);
		await settle();
		assert.deepEqual([outcome.seen, made.state()], ["there", "up"]);
	});
});

describe("the way back", () => {
	async function lost(t: TestContext) {
		const all = circuit(t);
		await all.up();
		all.call(hangs, "the key");
		await all.pass(BUDGET_MS);
		return all;
	}

	test("is asked for at the key that went unanswered, by one question at a time", async (t) => {
		const { probes, pass } = await lost(t);
		await pass(PROBE_MS);
		assert.deepEqual(
			probes.map(({ key }) => key),
			["the key"],
		);
	});

	test("an answer brings it back, and calls are sent again", async (t) => {
		const { made, probes, pass, call, said } = await lost(t);
		await pass(PROBE_MS);
		probes.pop()!.answer();
		await settle();
		const outcome = call(answers);
		await settle();
		assert.deepEqual([made.state(), outcome.seen, said], ["up", "answer", ["away: timeout", "back"]]);
	});

	test("a question that is not answered is put again", async (t) => {
		const { made, probes, pass } = await lost(t);
		for (let turn = 0; turn < 3; turn++) {
			await pass(PROBE_MS);
			await pass(BUDGET_MS);
		}
		assert.equal(made.state(), "away");
		assert.equal(probes.length, 3);
	});

	test("an error for an answer does not bring it back", async (t) => {
		const { made, probes, pass } = await lost(t);
		await pass(PROBE_MS);
		probes.pop()!.fail(Object.assign(new Error("LOADING"), { name: "ReplyError" }));
		await settle();
		assert.equal(made.state(), "away");
		await pass(PROBE_MS);
		assert.equal(probes.length, 1);
	});

	test("a connection on which nothing is heard is made anew", async (t) => {
		const { pass, said } = await lost(t);
		for (let turn = 0; turn < 3; turn++) {
			await pass(PROBE_MS);
			await pass(BUDGET_MS);
		}
		assert.ok(said.includes("reconnect"));
	});

	test("one that is slow is not", async (t) => {
		const { probes, pass, said } = await lost(t);
		for (let turn = 0; turn < 6; turn++) {
			await pass(PROBE_MS);
			await pass(BUDGET_MS);
			// Too late to count, and somebody is there.
			probes.pop()!.answer();
			await settle();
		}
		assert.deepEqual(said, ["away: timeout"]);
	});

	test("a connection that was made is asked at once", async (t) => {
		const { made, probes } = await lost(t);
		made.look();
		assert.equal(probes.length, 1);
	});
});

describe("before it is known whether Redis is there", () => {
	test("calls wait for the first answer", async (t) => {
		const { made, probes, call } = circuit(t);
		const outcome = call(answers);
		made.look();
		await settle();
		assert.equal(outcome.seen, undefined);
		probes.pop()!.answer();
		await settle();
		assert.equal(outcome.seen, "answer");
	});

	test("and no longer than any call may", async (t) => {
		const { call, pass, said } = circuit(t);
		const outcome = call(answers);
		await pass(BUDGET_MS);
		assert.equal(outcome.seen, "rejected: redis is away: timeout");
		assert.deepEqual(said, ["away: timeout"]);
	});

	test("nor where the connection is refused", async (t) => {
		const { made, call } = circuit(t);
		const outcome = call(answers);
		made.away("ECONNREFUSED");
		await settle();
		assert.equal(outcome.seen, "rejected: redis is away: ECONNREFUSED");
	});
});

test("once it is stopped nothing is said and nothing is sent", async (t) => {
	const { made, call, said, pass, probes } = circuit(t);
	made.stop();
	made.away("closed");
	const outcome = call(answers);
	await pass(10 * PROBE_MS);
	assert.match(outcome.seen!, /^rejected/);
	assert.deepEqual([said, probes], [[], []]);
});
