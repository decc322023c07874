import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { KeyedHash } from "./keyed-hash.ts";
import { createTable } from "./table.ts";

/** A hash of texts that are numbers: `low` is the same for all, or for every so many. */
function collidingEvery(lists: number): KeyedHash {
	return { of: (text) => ({ low: Number(text) % lists, high: Number(text) }) };
}

const keys = (count: number): string[] => Array.from({ length: count }, (_, index) => String(index));

describe("a table of counts", () => {
	for (const lists of [1, 2, 7]) {
		test(`keeps keys apart whose hashes fall into ${lists} lists`, () => {
			const table = createTable(1_000, collidingEvery(lists));
			for (const key of keys(1_000)) table.setHits(table.add(key, Number(key)), 2 * Number(key));
			for (const key of keys(1_000)) {
				const row = table.find(key);
				assert.deepEqual([table.endMs(row), table.hits(row)], [Number(key), 2 * Number(key)]);
			}
			assert.equal(table.find("1000"), 0);
		});
	}

	test("knows the oldest, whatever was removed", () => {
		const table = createTable(100);
		for (const key of ["a", "b", "c", "d"]) table.add(key, 0);
		table.remove(table.find("b"));
		table.remove(table.find("a"));
		assert.equal(table.oldest(), table.find("c"));
		table.add("a", 0);
		table.remove(table.find("c"));
		table.remove(table.find("d"));
		assert.equal(table.oldest(), table.find("a"));
		table.remove(table.find("a"));
		assert.deepEqual([table.oldest(), table.size()], [0, 0]);
	});

	test("uses rows anew, and begins at nothing there", () => {
		const table = createTable(3);
		for (let round = 0; round < 1_000; round++) {
			const row = table.add(`key-${round}`, round);
			assert.equal(table.hits(row), 0);
			table.setHits(row, 9);
			if (table.size() === 3) table.remove(table.oldest());
		}
		assert.equal(table.size(), 2);
	});

	test("finds every key of a hundred thousand, while and after it has grown", () => {
		const table = createTable(100_000);
		for (const key of keys(100_000)) {
			table.setHits(table.add(key, 0), Number(key));
			assert.ok(table.find("0") !== 0);
		}
		for (const key of keys(100_000)) assert.equal(table.hits(table.find(key)), Number(key));
		for (const key of keys(100_000)) if (Number(key) % 3 === 0) table.remove(table.find(key));
		for (const key of keys(100_000)) assert.equal(table.find(key) === 0, Number(key) % 3 === 0);
	});

	test("takes 36 bytes a key outside of the heap, and next to nothing while it is empty", (t) => {
		const buffers: ArrayBuffer[] = [];
		// What the process tells of its memory knows of no buffer that has grown until garbage is collected.
		const plain = ArrayBuffer;
		t.after(() => {
			globalThis.ArrayBuffer = plain;
		});
		globalThis.ArrayBuffer = class extends plain {
			constructor(byteLength = 0, options?: { maxByteLength?: number }) {
				super(byteLength, options);
				buffers.push(this);
			}
		};
		const table = createTable(1_000_000);
		const bytes = (): number => buffers.reduce((sum, { byteLength }) => sum + byteLength, 0);
		assert.ok(buffers.length > 0 && bytes() < 10_000);
		for (const key of keys(200_000)) table.add(key, 0);
		// The last step of growing may be all but empty.
		assert.ok(bytes() >= 36 * 200_000 && bytes() < 36 * 205_000, `${bytes()} bytes`);
	});
});
