import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { hostMatcher } from "./outgoing.ts";

describe("who may learn the ids", () => {
	const table: readonly (readonly [readonly string[], yes: readonly string[], no: readonly string[]])[] = [
		[[], [], ["api.internal", ""]],
		[
			["api.internal"],
			["api.internal", "API.Internal", "api.internal:8080"],
			["internal", "xapi.internal", "api.internal.evil.example", "evil-api.internal", "a.api.internal", ""],
		],
		[
			["api.internal:8080"],
			["api.internal:8080", "API.internal:8080"],
			["api.internal", "api.internal:80", "api.internal:80800"],
		],
		[
			["*.internal"],
			["api.internal", "a.b.internal", "api.internal:8080", "API.INTERNAL"],
			[
				"internal",
				".internal.evil.example",
				"evilinternal",
				"internal.evil.example",
				"api.internal.evil.example",
			],
		],
		[["*.internal:8080"], ["api.internal:8080"], ["api.internal", "api.internal:80", "internal:8080"]],
		[["API.Internal"], ["api.internal"], ["api.external"]],
		[["127.0.0.1"], ["127.0.0.1", "127.0.0.1:3000"], ["127.0.0.11", "1127.0.0.1", "127x0.0.1"]],
		[
			["a.example", "*.b.example"],
			["a.example", "x.b.example"],
			["x.a.example", "b.example"],
		],
	];
	for (const [patterns, yes, no] of table) {
		test(`${patterns.join(", ") || "nobody"}: ${yes.join(", ") || "-"}, and not ${no.join(", ")}`, () => {
			const reaches = hostMatcher(patterns);
			assert.deepEqual([...yes, ...no].filter(reaches), yes);
		});
	}
});
