import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { suggestionFor } from "./suggestion.ts";

describe("the setting that fits what was seen", () => {
	const table: readonly (readonly [
		name: string,
		chain: readonly string[],
		code: string,
		variable: string,
		byAddresses: string | undefined,
	])[] = [
		["no address at all", [], "proxy: false", "TRUST_PROXY=none", undefined],
		["nobody forwards", ["203.0.113.7"], "proxy: false", "TRUST_PROXY=none", undefined],
		[
			"a proxy in the same network",
			["10.0.0.1", "203.0.113.7"],
			"proxy: { hops: 1 }",
			"TRUST_PROXY=1",
			'proxy: { trust: ["private"] }',
		],
		[
			"two of them, and a client that lies",
			["10.0.0.1", "127.0.0.1", "203.0.113.7", "198.51.100.1"],
			"proxy: { hops: 2 }",
			"TRUST_PROXY=2",
			'proxy: { trust: ["private"] }',
		],
		[
			"Cloudflare alone",
			["104.16.0.9", "203.0.113.7"],
			"proxy: { hops: 1 }",
			"TRUST_PROXY=1",
			'proxy: { trust: ["cloudflare"] }',
		],
		[
			"Cloudflare and an ingress",
			["10.0.0.1", "2606:4700::9", "203.0.113.7"],
			"proxy: { hops: 2 }",
			"TRUST_PROXY=2",
			'proxy: { trust: ["private", "cloudflare"] }',
		],
		[
			"a proxy on the internet",
			["198.51.100.9", "203.0.113.7"],
			"proxy: { hops: 1 }",
			"TRUST_PROXY=1",
			'proxy: { trust: ["198.51.100.9"] }',
		],
		[
			"a client of the house",
			["127.0.0.1", "192.168.1.9"],
			"proxy: { hops: 1 }",
			"TRUST_PROXY=1",
			'proxy: { trust: ["private"] }',
		],
	];
	for (const [name, chain, code, variable, byAddresses] of table) {
		test(`${name}: ${code}`, () => {
			const suggestion = suggestionFor(chain);
			assert.deepEqual(
				[suggestion.code, suggestion.variable, suggestion.byAddresses],
				[code, variable, byAddresses],
			);
			assert.match(suggestion.because, /\w+ \w+/);
		});
	}
});
