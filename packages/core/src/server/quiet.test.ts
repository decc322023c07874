import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { quietTurn, takingMs } from "./quiet.ts";

/** Waits beside work in every turn of the event loop, and counts the turns. */
async function turnsBeside(work: () => void, arrived: () => number, limitMs: number): Promise<number> {
	let turns = 0;
	let isOver = false;
	function go(): void {
		work();
		turns++;
		if (!isOver) setImmediate(go);
	}
	setImmediate(go);
	await quietTurn(arrived, limitMs);
	isOver = true;
	return turns;
}

/** Longer than a turn without work. */
function spin(): void {
	for (const untilMs = performance.now() + 2; performance.now() < untilMs; );
}

describe("a quiet turn of the event loop", () => {
	test("is soon there where nothing arrives", async () => {
		assert.ok(
			(await turnsBeside(
				() => {},
				() => 0,
				60_000,
			)) < 100,
		);
	});

	test("is not waited for where there is always work, once nothing has arrived in ten turns", async () => {
		assert.ok((await turnsBeside(spin, () => 0, 60_000)) < 20);
	});

	test("comes behind the last that arrives", async () => {
		let arrived = 0;
		const arrive = (): void => void (arrived < 200 && arrived++);
		assert.ok((await turnsBeside(arrive, () => arrived, 60_000)) >= 200);
	});

	test("is given up where something arrives all the time: behind what is enough, or the limit", async () => {
		let arrived = 0;
		const arrive = (): void => void arrived++;
		assert.ok((await turnsBeside(arrive, () => arrived, Number.POSITIVE_INFINITY)) > 511);
		assert.ok((await turnsBeside(spin, () => arrived++, 50)) < 511);
	});

	test("there is time for all that may have waited, and no more once that took its time", async () => {
		let arrived = 0;
		const leftMs = takingMs(() => arrived, Number.POSITIVE_INFINITY);
		arrived = 512;
		assert.equal(leftMs(), Number.POSITIVE_INFINITY);
		await pause(1_001);
		assert.equal(leftMs(), 0);
		arrived = 511;
		assert.equal(leftMs(), Number.POSITIVE_INFINITY);
	});

	test("there is no more time than what is left", async () => {
		const leftMs = takingMs(() => 0, 50);
		const firstMs = leftMs();
		assert.ok(firstMs > 0 && firstMs <= 50);
		await pause(51);
		assert.equal(leftMs(), 0);
	});
});
