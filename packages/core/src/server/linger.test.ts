import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { linger } from "./linger.ts";

const LINGER_MS = 80;
const UNLIMITED = Number.POSITIVE_INFINITY;
const always = (): boolean => true;

/** How long it went on, in lingers. */
async function lingers(asked: () => number, hasIdle = always, limitMs = UNLIMITED): Promise<number> {
	const startedAtMs = performance.now();
	await linger(LINGER_MS, limitMs, asked, hasIdle);
	return (performance.now() - startedAtMs) / LINGER_MS;
}

/** Somebody asks whenever it is looked, so many times. */
function asking(most: number): () => number {
	let count = 0;
	return () => Math.min(most, count++);
}

describe("a linger", () => {
	test("is as long as it was said to be, also where nobody is idle", async () => {
		assert.ok((await lingers(() => 0)) >= 1);
		assert.ok((await lingers(asking(UNLIMITED), () => false)) >= 1);
	});

	test("goes on while requests come, for three times as long at most", async () => {
		assert.ok((await lingers(asking(UNLIMITED))) >= 3);
	});

	test("ends where nobody is left who could ask", async () => {
		let looks = 0;
		await lingers(asking(UNLIMITED), () => ++looks < 3);
		assert.equal(looks, 3);
	});

	test("ends behind a quarter of silence, counted in looks: one that comes late is one", async () => {
		let looks = 0;
		const hasIdle = (): boolean => ++looks > 0;
		// Nothing is read while a process has no processor, and what it reads then comes behind its timers.
		const late = performance.now() + LINGER_MS;
		const asked = (): number => {
			while (looks === 0 && performance.now() < late);
			return 0;
		};
		await lingers(asked, hasIdle);
		assert.ok(looks >= 8, `it had looked ${looks} times`);
	});

	test("keeps to its limit", async () => {
		let looks = 0;
		await lingers(asking(UNLIMITED), () => ++looks > 0, 0);
		assert.equal(looks, 0);
	});

	test("there is none of no time", async () => {
		await linger(0, UNLIMITED, () => assert.fail(), always);
	});
});
