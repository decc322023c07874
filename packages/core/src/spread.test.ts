import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { spreadOut } from "./spread.ts";

describe("goodbyes", () => {
	test("one alone is said at once", () => {
		let said = 0;
		spreadOut([() => said++], 3_000);
		assert.equal(said, 1);
	});

	test("a few come a hundred a second", (t) => {
		t.mock.timers.enable({ apis: ["setTimeout"] });
		let said = 0;
		spreadOut(
			Array(50).fill(() => said++),
			3_000,
		);
		for (const [elapsedMs, least, most] of [
			[100, 9, 12],
			[400, 49, 50],
			[20, 50, 50],
		] as const) {
			t.mock.timers.tick(elapsedMs);
			assert.ok(said >= least && said <= most, `${said} after ${elapsedMs} ms more`);
		}
	});

	test("many are all said within the time there is", (t) => {
		t.mock.timers.enable({ apis: ["setTimeout"] });
		let said = 0;
		spreadOut(
			Array(10_000).fill(() => said++),
			1_000,
		);
		t.mock.timers.tick(500);
		assert.ok(said > 4_900 && said < 5_100, `${said} at half time`);
		t.mock.timers.tick(501);
		assert.equal(said, 10_000);
	});

	test("none at all is no matter, and no time is at once", (t) => {
		t.mock.timers.enable({ apis: ["setTimeout"] });
		let said = 0;
		spreadOut([], 3_000);
		spreadOut(
			Array(5).fill(() => said++),
			0,
		);
		t.mock.timers.tick(1);
		assert.equal(said, 5);
	});
});
