import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { refuseMalformed } from "./malformed.ts";

/** The status of what is said of a request with these names and values, one after the other; nothing where it passes. */
function refusal(rawHeaders: readonly string[], method = "GET"): number | undefined {
	return refuseMalformed({ request: { method, rawHeaders }, requestId: "id" } as never)?.status;
}

const many = (count: number): string[] => Array.from({ length: count * 2 }, () => "a");

describe("a request", () => {
	test("with one Host or none passes", () => {
		assert.equal(refusal([]), undefined);
		assert.equal(refusal(["host", "a", "X-Forwarded-Host", "b", "Hosts", "c", "hos", "d"]), undefined);
		assert.equal(refusal([":authority", "a", "host", "a"]), undefined);
	});

	test("with two Host is refused, however they are written, and wherever they stand", () => {
		assert.equal(refusal(["Host", "a", "hOST", "a"]), 400);
		assert.equal(refusal(["HOST", "", ...many(998), "host", "b"]), 400);
	});

	test("whose values look like names passes", () => {
		assert.equal(refusal(["x-a", "host", "x-b", "host"]), undefined);
	});

	test("with more headers than Node takes is refused, also by a Node that has left some out", () => {
		assert.equal(refusal(many(1_000)), undefined);
		assert.equal(refusal(many(1_001)), 431);
	});

	test("to be sent back is refused", () => {
		assert.equal(refusal([], "TRACE"), 405);
		assert.equal(refusal([], "trace"), undefined);
	});
});
