import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { ProductionReadyError } from "../errors.ts";
import type { Options } from "./options.ts";
import { resolveOptions } from "./resolve.ts";

/** `CODE at -> hint`, of each fault that shows only when things are seen together. */
function faults(options: Options, variables: Readonly<Record<string, string>> = {}): readonly string[] {
	try {
		resolveOptions(options, { NODE_ENV: "production", ...variables });
		return [];
	} catch (error) {
		assert.ok(error instanceof ProductionReadyError, String(error));
		return error.faults.map(({ code, at, hint }) => `${code} ${at} -> ${hint}`);
	}
}

describe("a deadline of the code and the grace of the platform", () => {
	test("a deadline that leaves time for the exit is one", () => {
		assert.deepEqual(faults({ platform: "kubernetes", shutdown: { deadlineMs: 29_100 } }), []);
	});

	for (const deadlineMs of [29_101, 29_999, 30_000, 30_001, 300_000]) {
		test(`${deadlineMs} ms within 30 s are none, and the right figure is named`, () => {
			assert.deepEqual(faults({ platform: "kubernetes", shutdown: { deadlineMs } }), [
				"OPTIONS_INCOHERENT shutdown.deadlineMs -> shutdown: { deadlineMs: 28000 }, or more grace and SHUTDOWN_GRACE_SECONDS",
			]);
		});
	}

	test("more grace makes it right", () => {
		const options: Options = { platform: "kubernetes", shutdown: { deadlineMs: 50_000 } };
		assert.deepEqual(faults(options, { SHUTDOWN_GRACE_SECONDS: "60" }), []);
	});

	test("where nobody knows the grace, or there is none, any deadline goes", () => {
		assert.deepEqual(faults({ platform: "plain", shutdown: { deadlineMs: 600_000 } }), []);
		assert.deepEqual(faults({ shutdown: { deadlineMs: 600_000 } }, { SHUTDOWN_GRACE_SECONDS: "0" }), []);
	});

	test("a room that is off has no deadline", () => {
		assert.deepEqual(faults({ platform: "kubernetes", shutdown: false }), []);
	});
});

describe("waiting and the deadline", () => {
	const cases: readonly (readonly [Options["shutdown"], boolean])[] = [
		[{ deadlineMs: 5_000, drainDelayMs: 4_000, lingerMs: 999 }, true],
		[{ deadlineMs: 5_000, drainDelayMs: 4_000, lingerMs: 1_000 }, false],
		[{ deadlineMs: 5_000, drainDelayMs: 5_000 }, false],
		[{ deadlineMs: 100, drainDelayMs: 0, lingerMs: 0 }, true],
	];
	for (const [shutdown, isRight] of cases) {
		test(`${JSON.stringify(shutdown)} ${isRight ? "leaves time" : "leaves no time"} for requests`, () => {
			const codes = faults({ platform: "plain", shutdown }).map((fault) => fault.split(" ", 2).join(" "));
			assert.deepEqual(codes, isRight ? [] : ["OPTIONS_INCOHERENT shutdown"]);
		});
	}
});

describe("credentials and sites", () => {
	test("cookies for every site are refused", () => {
		const [fault] = faults({ cors: { origin: "*", credentials: true } });
		assert.match(fault ?? "", /^CORS_WILDCARD_CREDENTIALS cors -> cors: \{ origin: \["https:/);
	});

	test("cookies for named sites, and answers without cookies for every site, are not", () => {
		assert.deepEqual(faults({ cors: { origin: ["https://app.example.com"], credentials: true } }), []);
		assert.deepEqual(faults({ cors: { origin: "*" } }), []);
	});
});

describe("a redirect to https and an EXTERNAL_URL of http", () => {
	const plain = { EXTERNAL_URL: "http://example.com" };

	test("contradict each other in production", () => {
		assert.deepEqual(faults({ https: {} }, plain), [
			"OPTIONS_INCOHERENT https.redirect -> EXTERNAL_URL=https://..., or https: false",
		]);
	});

	test("do not where nobody is redirected, or where one develops", () => {
		assert.deepEqual(faults({}, plain), []);
		assert.deepEqual(faults({ https: { redirect: false } }, plain), []);
		assert.deepEqual(faults({ https: {} }, { ...plain, NODE_ENV: "development" }), []);
		assert.deepEqual(faults({ https: {} }, { EXTERNAL_URL: "https://example.com" }), []);
	});
});
