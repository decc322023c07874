import assert from "node:assert/strict";
import type { IncomingHttpHeaders } from "node:http";
import { describe, test } from "node:test";
import { chooseRequestId, findUpstreamId, WELL_FORMED_ID } from "./request-id.ts";

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

const choose = (value: unknown): string =>
	chooseRequestId({ "x-request-id": value } as IncomingHttpHeaders, "x-request-id", WELL_FORMED_ID);

describe("an id from outside", () => {
	for (const id of ["abc", "4bf92f35-77b3-4da6-a3ce-929d0e0e4736", "a.b_c:d-e", "0", "x".repeat(128)]) {
		test(`${id.slice(0, 40)} is taken over`, () => {
			assert.equal(choose(id), id);
		});
	}

	const hostile: Readonly<Record<string, unknown>> = {
		"nothing at all": undefined,
		"an empty one": "",
		"a line break": "abc\r\nSet-Cookie: a=b",
		"a line break at the end": "abc\n",
		"a colour of a terminal": "\u001b[31mred",
		"a tab": "a\tb",
		"a space": "a b",
		"a quote": 'a"b',
		"an angle bracket": "<script>",
		"a lookup": `\${jndi:ldap://a.example}`,
		"a letter beyond ASCII": "Grüße",
		"one that is too long": "x".repeat(129),
		"ten thousand characters": "x".repeat(10_000),
		"two values": ["a", "b"],
		"two values in one": "a, b",
	};
	for (const [name, value] of Object.entries(hostile)) {
		test(`with ${name} is replaced by a new one`, () => {
			assert.match(choose(value), UUID);
		});
	}

	test("is looked for under the header that was chosen", () => {
		const headers = { "x-request-id": "a", "x-trace": "b" };
		assert.equal(chooseRequestId(headers, "x-trace", WELL_FORMED_ID), "b");
	});

	test("is judged by the pattern that was chosen", () => {
		assert.equal(chooseRequestId({ "x-request-id": "a b" }, "x-request-id", /^[a-z ]+$/), "a b");
		assert.match(chooseRequestId({ "x-request-id": "abc" }, "x-request-id", /^\d+$/), UUID);
	});
});

test("no two new ids are the same", () => {
	assert.equal(new Set(Array.from({ length: 1_000 }, () => choose(undefined))).size, 1_000);
});

describe("the id that a platform gives", () => {
	const table: readonly (readonly [IncomingHttpHeaders, string | undefined])[] = [
		[{}, undefined],
		[{ "cf-ray": "8d2f0a1b2c3d4e5f-FRA" }, "8d2f0a1b2c3d4e5f-FRA"],
		[{ "x-amzn-trace-id": "Root=1-67891233-abcdef;Sampled=1" }, "Root=1-67891233-abcdef;Sampled=1"],
		[
			{ "x-cloud-trace-context": "105445aa7843bc8bf206b12000100000/1;o=1" },
			"105445aa7843bc8bf206b12000100000/1;o=1",
		],
		[{ "x-correlation-id": "abc", "cf-ray": "first" }, "first"],
		[{ "cf-ray": "a b", "fly-request-id": "01H-fra" }, "01H-fra"],
		[{ "cf-ray": "a\nb" }, undefined],
		[{ "x-vercel-id": "x".repeat(257) }, undefined],
	];
	for (const [headers, id] of table) {
		test(`${JSON.stringify(headers).slice(0, 60)}: ${id ?? "none"}`, () => {
			assert.equal(findUpstreamId(headers), id);
		});
	}
});
