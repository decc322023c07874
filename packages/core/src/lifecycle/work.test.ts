import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { createWork } from "./work.ts";

describe("work that goes on behind answers", () => {
	test("is waited for, also what is added meanwhile", async () => {
		const work = createWork(() => {});
		const order: string[] = [];
		const first = Promise.resolve().then(() => {
			work.add(
				"second",
				Promise.resolve().then(() => order.push("second")),
			);
			order.push("first");
		});
		work.add("first", first);
		assert.deepEqual(work.running(), ["first"]);
		assert.equal(await work.finished(), 0);
		assert.deepEqual([order, work.running()], [["first", "second"], []]);
	});

	test("that fails is told once, counted, and keeps nobody from finishing", async () => {
		const told: unknown[] = [];
		const work = createWork((...failure) => told.push(failure));
		const error = new Error("no mail today");
		work.add("receipt", Promise.reject(error));
		work.add("invoice", Promise.resolve());
		assert.equal(await work.finished(), 1);
		assert.deepEqual([told, work.failed()], [[["receipt", error]], 1]);
	});
});
