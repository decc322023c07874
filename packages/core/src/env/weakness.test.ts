import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { test } from "node:test";
import { reusedSecrets, weakness } from "./weakness.ts";

const WEAK: Record<string, readonly string[]> = {
	placeholder: [
		"changeme",
		"change-me",
		"keyboard cat",
		"keyboard cat keyboard cat keyboard cat",
		"secret",
		"password",
		"your-secret-here",
		"replace-with-a-random-secret",
		"your-super-secret-jwt-token-with-at-least-32-characters-long",
		"a secret with minimum length of 32 characters",
		"averylogphrasebiggerthanthirtytwochars",
		"complex_password_at_least_32_characters_long",
		"ChangeMe!ChangeMe!ChangeMe!ChangeMe!",
		"correct horse battery staple correct",
	],
	shorter: ["x", "aGq8zPw3", randomBytes(12).toString("hex")],
	pattern: [
		"a".repeat(40),
		"0123456789".repeat(4),
		"zkqvzkqvzkqvzkqvzkqvzkqvzkqvzkqvzk",
		"ABCDEFGHIJKLMNOPQRSTUVWXYZ[]^_`{|}~!",
	],
	entropy: ["a7qqa77aq7aqqq7a7aaq7q7aqaa77qaq77qa"],
};

for (const [reason, texts] of Object.entries(WEAK)) {
	test(`E149 weak by ${reason}`, () => {
		for (const text of texts) {
			const problem = weakness(text);
			assert.match(problem ?? "", new RegExp(reason), text);
			assert.ok(!problem!.includes(text));
		}
	});
}

test("random secrets of 32 bytes are never called weak", () => {
	for (let round = 0; round < 2000; round++) {
		for (const encoding of ["base64", "base64url", "hex"] as const) {
			const text = randomBytes(32).toString(encoding);
			assert.equal(weakness(text), undefined, text);
		}
	}
});

test("a vendor's prefix does not make a random key weak, and shorter keys can be allowed", () => {
	for (let round = 0; round < 500; round++) {
		assert.equal(weakness(`secret_${randomBytes(32).toString("base64url")}`), undefined);
		assert.equal(weakness(randomBytes(12).toString("base64url"), 16), undefined);
	}
	assert.match(weakness("password", 8)!, /placeholder/);
	assert.match(weakness("secret12", 8)!, /placeholder/);
	assert.match(weakness("", 0)!, /shorter/);
});

test("a long secret is judged quickly", () => {
	const startedAt = performance.now();
	weakness("a".repeat(65_536));
	weakness(`${"a".repeat(65_535)}b`);
	weakness(randomBytes(32_768).toString("hex"));
	assert.ok(performance.now() - startedAt < 1000);
});

test("E149 the same secret in two variables is a fault of the second", () => {
	const faults = reusedSecrets([
		{ name: "A", text: "x" },
		{ name: "B", text: "y" },
		{ name: "C", text: "x" },
	]);
	assert.deepEqual(
		faults.map(({ at, problem }) => [at, problem]),
		[["C", "holds a secret that stands in A too"]],
	);
});
