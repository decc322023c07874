import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { createPhase, type Phase } from "./phase.ts";

const ORDER: readonly Phase[] = ["starting", "running", "draining", "closing", "closed"];

describe("the life of a process", () => {
	test("begins with starting and goes through its phases in order", () => {
		const { phase, advance } = createPhase();
		const lived = [phase()];
		for (const next of ORDER.slice(1)) {
			assert.equal(advance(next), true);
			lived.push(phase());
		}
		assert.deepEqual(lived, ORDER);
	});

	test("never goes back, and never enters a phase twice", () => {
		for (const [index, now] of ORDER.entries()) {
			for (const earlier of ORDER.slice(0, index + 1)) {
				const { phase, advance } = createPhase();
				advance(now);
				assert.equal(advance(earlier), false, `${now} -> ${earlier}`);
				assert.equal(phase(), now);
			}
		}
	});

	test("may skip phases: a process that is stopped while it starts never ran", () => {
		const { phase, advance } = createPhase();
		assert.equal(advance("draining"), true);
		assert.equal(advance("running"), false);
		assert.equal(phase(), "draining");
	});

	test("of one is not that of another", () => {
		const [one, other] = [createPhase(), createPhase()];
		one.advance("closed");
		assert.equal(other.phase(), "starting");
	});
});
