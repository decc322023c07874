import assert from "node:assert/strict";
import { test } from "node:test";
import { createTouches } from "./touches.ts";

test("a session is due when a tenth of its time has passed since it was last extended, or nobody knows when", (t) => {
	t.mock.timers.enable({ apis: ["Date"] });
	const touches = createTouches();
	assert.equal(touches.isDue("a", 1_000), true);
	touches.note("a");
	t.mock.timers.setTime(100);
	assert.equal(touches.isDue("a", 1_000), false);
	t.mock.timers.setTime(101);
	assert.equal(touches.isDue("a", 1_000), true);
	touches.note("a");
	touches.forget("a");
	assert.equal(touches.isDue("a", 1_000), true);
});

test("it remembers no more than ten thousand, and forgets the oldest", () => {
	const touches = createTouches();
	for (let index = 0; index <= 10_000; index++) touches.note(`id ${index}`);
	assert.equal(touches.isDue("id 0", 60_000), true);
	assert.equal(touches.isDue("id 1", 60_000), false);
});
