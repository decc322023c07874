import assert from "node:assert/strict";
import { createServer } from "node:http";
import { describe, test } from "node:test";
import { SERVER } from "./server.ts";
import { applyTimeouts, FRAMEWORK_DEFAULTS } from "./timeouts.ts";

const node = createServer();
const values = SERVER.DEFAULTS;
const ours = { keepAliveTimeout: 65_000, headersTimeout: 15_000, requestTimeout: 120_000 };

/** The timeouts of a server that had these before. */
function applied(
	before: Partial<typeof ours>,
	isExplicit: (key: string) => boolean = () => false,
): typeof ours {
	const { keepAliveTimeout, headersTimeout, requestTimeout } = node;
	const server = { keepAliveTimeout, headersTimeout, requestTimeout, ...before };
	applyTimeouts(server, values, isExplicit);
	return server;
}

/** How often a server looks that had this interval, and has these timeouts. */
function swept(before: number | undefined, timeouts: Partial<typeof ours> = {}): number | undefined {
	const server = { ...ours, ...timeouts, connectionsCheckingInterval: before as number };
	applyTimeouts(server, values, () => false);
	return server.connectionsCheckingInterval;
}

/** Node's types know it as an option only. */
const { connectionsCheckingInterval: nodesOwn } = node as { connectionsCheckingInterval?: number };

describe("the timeouts of a server", () => {
	test("are ours where nobody has chosen any", () => {
		assert.deepEqual(applied({}), ours);
	});

	test("are ours where a framework has set what it sets for everybody", () => {
		for (const defaults of FRAMEWORK_DEFAULTS) assert.deepEqual(applied(defaults), ours);
	});

	test("stay where the program has chosen them, each for itself", () => {
		assert.deepEqual(applied({ keepAliveTimeout: 1_234 }), { ...ours, keepAliveTimeout: 1_234 });
		assert.deepEqual(applied({ headersTimeout: 7, requestTimeout: 9 }), {
			...ours,
			headersTimeout: 7,
			requestTimeout: 9,
		});
	});

	test("are those of the options where these name them", () => {
		const before = { keepAliveTimeout: 1_234, headersTimeout: 7 };
		assert.deepEqual(
			applied(before, (key) => key === "keepAliveTimeoutMs"),
			{ ...ours, headersTimeout: 7 },
		);
	});

	test("leave no request without an end", () => {
		for (const [key, timeoutMs] of Object.entries(values))
			if (key.endsWith("Ms")) assert.ok(Number(timeoutMs) > 0, key);
	});

	test("are looked after every five seconds, more often where they are short, and as the program has said", () => {
		assert.equal(nodesOwn, 30_000, "Node keeps the option under its name");
		assert.equal(swept(nodesOwn), 3_750);
		assert.equal(swept(nodesOwn, { headersTimeout: 60_001, requestTimeout: 0 }), 5_000);
		assert.equal(swept(nodesOwn, { headersTimeout: 400 }), 100);
		assert.equal(swept(nodesOwn, { headersTimeout: 1 }), 50);
		assert.equal(swept(1_234), 1_234);
		assert.equal(swept(undefined), undefined);
	});
});
