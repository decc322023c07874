import assert from "node:assert/strict";
import { test } from "node:test";
import { nearestName } from "./nearest.ts";

const KEYS = ["requestId", "logging", "proxy", "headers", "health", "cors", "rateLimit", "limit", "windowMs"];

test("a slip of the fingers finds the name that was meant", () => {
	const slips: Readonly<Record<string, string | undefined>> = {
		ratelimit: "rateLimit",
		rateLimits: "rateLimit",
		rateLmit: "rateLimit",
		raetLimit: "rateLimit",
		heatlh: "health",
		header: "headers",
		corse: "cors",
		windowMS: "windowMs",
		limti: "limit",
	};
	const found = Object.fromEntries(Object.keys(slips).map((slip) => [slip, nearestName(slip, KEYS)]));
	assert.deepEqual(found, slips);
});

test("a word that is like none of them is not guessed at", () => {
	for (const word of ["telemetry", "x", "", "compress", "compression", "🚀🚀🚀🚀"]) {
		assert.equal(nearestName(word, KEYS), undefined, word);
	}
});

test("of several the nearest wins, and of equals the first", () => {
	assert.equal(nearestName("header", ["heater", "headers", "reader"]), "heater");
	assert.equal(nearestName("headers", ["header", "headers"]), "headers");
});

test("among no names there is none", () => {
	assert.equal(nearestName("anything", []), undefined);
});

test("swapped neighbours are one slip", () => {
	assert.equal(nearestName("abc", ["acb"]), "acb");
	assert.equal(nearestName("abc", ["cab"]), undefined);
});
