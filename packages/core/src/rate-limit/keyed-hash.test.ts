import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { createKeyedHash } from "./keyed-hash.ts";

/** A text whose UTF-16 is the bytes 0, 1, 2 and so on. */
function counting(bytes: number): string {
	const units = Array.from({ length: bytes / 2 }, (_, index) => (2 * index) | ((2 * index + 1) << 8));
	return String.fromCharCode(...units);
}

describe("the hash of a key", () => {
	const key = new Int32Array(Uint8Array.from([0, 1, 2, 3, 4, 5, 6, 7]).buffer);
	// github.com/veorq/SipHash, vectors.h, vectors_hsip64.
	const vectors: Readonly<Record<number, string>> = {
		0: "218d1f59b9b83cc8",
		2: "064f39ef7c50eb57",
		4: "d5e78a175be52ea1",
		18: "c9b2db2b9a3e42f9",
		62: "f90b3ab572d46693",
	};
	for (const [bytes, expected] of Object.entries(vectors)) {
		test(`is HalfSipHash-2-4, by its vector of ${bytes} bytes`, () => {
			const { low, high } = createKeyedHash(key).of(counting(Number(bytes)));
			const written = Buffer.alloc(8);
			written.writeInt32LE(low, 0);
			written.writeInt32LE(high, 4);
			assert.equal(written.toString("hex"), expected);
		});
	}

	test("is another one in each process, and in each table", () => {
		const seen = Array.from({ length: 100 }, () => createKeyedHash().of("203.0.113.7").low);
		assert.ok(new Set(seen).size > 90);
	});

	test("tells texts apart that differ in nothing but empty characters at the end", () => {
		const hash = createKeyedHash(key);
		const texts = ["", "\0", "\0\0", "\0\0\0", "a", "a\0"];
		assert.equal(new Set(texts.map((text) => hash.of(text).low)).size, texts.length);
	});
});
