import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { continueTrace, formatTraceparent } from "./trace.ts";

const TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";
const PARENT = "00f067aa0ba902b7";

describe("the caller's trace goes on", () => {
	const table: readonly (readonly [string, boolean])[] = [
		[`00-${TRACE}-${PARENT}-01`, true],
		[`00-${TRACE}-${PARENT}-00`, false],
		[`00-${TRACE}-${PARENT}-03`, true],
		[`00-${TRACE}-${PARENT}-fe`, false],
		[`cc-${TRACE}-${PARENT}-01`, true],
		[`cc-${TRACE}-${PARENT}-01-what-comes-later`, true],
	];
	for (const [traceparent, isSampled] of table) {
		test(`${traceparent}, ${isSampled ? "recorded" : "not recorded"}`, () => {
			const trace = continueTrace(traceparent);
			assert.deepEqual([trace.traceId, trace.parentId, trace.isSampled], [TRACE, PARENT, isSampled]);
			assert.match(trace.spanId, /^[0-9a-f]{16}$/);
			assert.notEqual(trace.spanId, PARENT);
		});
	}
});

describe("what is malformed is ignored, and a trace begins here", () => {
	const malformed: Readonly<Record<string, string | undefined>> = {
		nothing: undefined,
		"an empty header": "",
		"upper case": `00-${TRACE.toUpperCase()}-${PARENT}-01`,
		"version ff": `ff-${TRACE}-${PARENT}-01`,
		"more fields than version 00 has": `00-${TRACE}-${PARENT}-01-more`,
		"a dash too many": `00-${TRACE}-${PARENT}-01-`,
		"a trace of zeros": `00-${"0".repeat(32)}-${PARENT}-01`,
		"a parent of zeros": `00-${TRACE}-${"0".repeat(16)}-01`,
		"a trace that is short": `00-${TRACE.slice(1)}-${PARENT}-01`,
		"a trace that is long": `00-${TRACE}0-${PARENT}-01`,
		"letters that are no digits": `00-${TRACE.replace("4", "g")}-${PARENT}-01`,
		"no flags": `00-${TRACE}-${PARENT}`,
		"two headers in one": `00-${TRACE}-${PARENT}-01, 00-${TRACE}-${PARENT}-01`,
		"spaces around it": ` 00-${TRACE}-${PARENT}-01 `,
		"a line break at its end": `00-${TRACE}-${PARENT}-01\n`,
		"ten thousand characters": "0".repeat(10_000),
	};
	for (const [name, traceparent] of Object.entries(malformed)) {
		test(name, () => {
			const trace = continueTrace(traceparent);
			assert.match(trace.traceId, /^[0-9a-f]{32}$/);
			assert.notEqual(trace.traceId, TRACE);
			assert.deepEqual([trace.parentId, trace.isSampled], [undefined, false]);
		});
	}
});

test("the header that goes out names our span as the parent, and is one that we would continue", () => {
	const trace = continueTrace(`00-${TRACE}-${PARENT}-01`);
	const header = formatTraceparent(trace);
	assert.equal(header, `00-${TRACE}-${trace.spanId}-01`);
	const next = continueTrace(header);
	assert.deepEqual([next.traceId, next.parentId, next.isSampled], [TRACE, trace.spanId, true]);
	assert.match(formatTraceparent(continueTrace(undefined)), /^00-[0-9a-f]{32}-[0-9a-f]{16}-00$/);
});
