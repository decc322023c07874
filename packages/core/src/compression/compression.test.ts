import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { constants } from "node:zlib";
import { COMPRESSION, compressionPolicy } from "./compression.ts";

describe("what is packed", () => {
	const table: readonly (readonly [contentType: string, cacheControl: string, expected: boolean])[] = [
		["text/html; charset=utf-8", "", true],
		["text/plain", "no-store", true],
		["application/json", "", true],
		["application/problem+json; charset=utf-8", "", true],
		["application/javascript", "", true],
		["application/xml", "", true],
		["application/rss+xml", "", true],
		["application/wasm", "", true],
		["application/manifest+json", "", true],
		["image/svg+xml", "", true],
		["TEXT/HTML", "", true],
		["image/png", "", false],
		["image/jpeg", "", false],
		["video/mp4", "", false],
		["application/zip", "", false],
		["application/octet-stream", "", false],
		["", "", false],
		// Held back until a block is full, its events would arrive late or never.
		["text/event-stream", "", false],
		["text/event-stream; charset=utf-8", "", false],
		["Text/Event-Stream", "", false],
		["text/html", "public, no-transform", false],
		["text/html", "No-Transform", false],
	];
	const { allows } = compressionPolicy();

	/** Whether an answer with these headers is packed. */
	function isPacked(status: number, headers: Readonly<Record<string, string>>): boolean {
		return allows(status, (name) => headers[name]);
	}

	for (const [contentType, cacheControl, expected] of table) {
		test(`${contentType || "nothing said"}${cacheControl && ` (${cacheControl})`}: ${expected ? "yes" : "no"}`, () => {
			const headers = { "content-type": contentType, ...(cacheControl && { "cache-control": cacheControl }) };
			assert.equal(isPacked(200, headers), expected);
		});
	}

	test("no part of a file: its bytes are counted as they are", () => {
		const headers = { "content-type": "text/plain" };
		assert.equal(isPacked(206, headers), false);
		assert.equal(isPacked(200, { ...headers, "content-range": "bytes 0-9/100" }), false);
		assert.equal(isPacked(404, headers), true);
	});

	test("no answer that does not say what it is", () => {
		assert.equal(isPacked(200, {}), false);
	});
});

test("both libraries are told the same, and nobody changes it", () => {
	const policy = compressionPolicy();
	assert.deepEqual(
		[policy.thresholdBytes, policy.brotli.params, policy.encodings],
		[COMPRESSION.DEFAULTS.thresholdBytes, { [constants.BROTLI_PARAM_QUALITY]: 3 }, ["br", "gzip", "deflate"]],
	);
	for (const part of [policy, policy.gzip, policy.brotli.params, policy.encodings])
		assert.equal(Object.isFrozen(part), true);
	assert.deepEqual(compressionPolicy({ thresholdBytes: 0, brotliQuality: 11 }).brotli.params, {
		[constants.BROTLI_PARAM_QUALITY]: 11,
	});
});
