import { createKeyedHash, type KeyedHash } from "./keyed-hash.ts";

/**
 * Counts and ends of windows by key, the oldest first, in memory of fixed cost: 36 bytes a key, outside of the heap. A key
 * is known by 64 bits of its hash. A row is a number; 0 is none.
 */
export interface Table {
	size(): number;
	find(key: string): number;
	/** A row for a key that has none, as the youngest. */
	add(key: string, endMs: number): number;
	remove(row: number): void;
	oldest(): number;
	endMs(row: number): number;
	hits(row: number): number;
	setHits(row: number, hits: number): void;
}

/** A row: where its window ends, in 64 bits, then words. Row 0 holds the two ends of the line by age. */
const ROW_BYTES = 32;
const ROW_WORDS = ROW_BYTES / 4;
const [LOW, HIGH, HITS, NEXT, OLDER, YOUNGER] = [2, 3, 4, 5, 6, 7] as const;
/** Room is added as it is needed, but never for more rows than this at once. */
const STEP_ROWS = 4_096;
const FIRST_ROWS = 64;
/** All of them take 600 MB. */
export const MAX_ROWS: number = 2 ** 24;

/**
 * Grows by linear hashing (Litwin, 1980): with each key one list is split in two, so that no single request pays for a new
 * table. The room is reserved by address alone, and the system gives it page by page: nothing is ever copied.
 */
export function createTable(maxRows: number, keyedHash: KeyedHash = createKeyedHash()): Table {
	const most = Math.max(FIRST_ROWS, maxRows + 1);
	const rowMemory = new ArrayBuffer(FIRST_ROWS * ROW_BYTES, { maxByteLength: most * ROW_BYTES });
	const listMemory = new ArrayBuffer(FIRST_ROWS * 4, { maxByteLength: most * 4 });
	const words = new Int32Array(rowMemory);
	const ends = new Float64Array(rowMemory);
	/** The first row of each list. */
	const lists = new Int32Array(listMemory);
	let capacity = FIRST_ROWS;
	let used = 1;
	let free = 0;
	let size = 0;
	let listCount = 1;
	/** The largest power of two that is no more than that. */
	let half = 1;

	function listOf(low: number): number {
		const list = low & (2 * half - 1);
		return list < listCount ? list : list & (half - 1);
	}

	function splitList(): void {
		const from = listCount - half;
		const to = listCount++;
		const mask = 2 * half - 1;
		let row = lists[from]!;
		lists[from] = 0;
		while (row !== 0) {
			const next = words[row * ROW_WORDS + NEXT]!;
			const list = (words[row * ROW_WORDS + LOW]! & mask) === to ? to : from;
			words[row * ROW_WORDS + NEXT] = lists[list]!;
			lists[list] = row;
			row = next;
		}
		if (listCount === 2 * half) half = listCount;
	}

	function takeRow(): number {
		if (free !== 0) {
			const row = free;
			free = words[row * ROW_WORDS + NEXT]!;
			return row;
		}
		if (used === capacity) {
			capacity = Math.min(most, capacity + Math.min(capacity, STEP_ROWS));
			rowMemory.resize(capacity * ROW_BYTES);
			listMemory.resize(capacity * 4);
		}
		return used++;
	}

	function linkByAge(older: number, younger: number): void {
		words[older * ROW_WORDS + YOUNGER] = younger;
		words[younger * ROW_WORDS + OLDER] = older;
	}

	return {
		size: () => size,
		find(key) {
			const { low, high } = keyedHash.of(key);
			let row = lists[listOf(low)]!;
			while (row !== 0) {
				const at = row * ROW_WORDS;
				if (words[at + LOW] === low && words[at + HIGH] === high) return row;
				row = words[at + NEXT]!;
			}
			return 0;
		},
		add(key, endMs) {
			const { low, high } = keyedHash.of(key);
			const row = takeRow();
			const at = row * ROW_WORDS;
			const list = listOf(low);
			ends[at / 2] = endMs;
			words[at + LOW] = low;
			words[at + HIGH] = high;
			words[at + HITS] = 0;
			words[at + NEXT] = lists[list]!;
			lists[list] = row;
			linkByAge(words[OLDER]!, row);
			linkByAge(row, 0);
			if (++size > listCount) splitList();
			return row;
		},
		remove(row) {
			const at = row * ROW_WORDS;
			const next = words[at + NEXT]!;
			const list = listOf(words[at + LOW]!);
			let before = lists[list]!;
			if (before === row) {
				lists[list] = next;
			} else {
				while (words[before * ROW_WORDS + NEXT] !== row) before = words[before * ROW_WORDS + NEXT]!;
				words[before * ROW_WORDS + NEXT] = next;
			}
			linkByAge(words[at + OLDER]!, words[at + YOUNGER]!);
			words[at + NEXT] = free;
			free = row;
			size--;
		},
		oldest: () => words[YOUNGER]!,
		endMs: (row) => ends[(row * ROW_WORDS) / 2]!,
		hits: (row) => words[row * ROW_WORDS + HITS]!,
		setHits(row, hits) {
			words[row * ROW_WORDS + HITS] = hits;
		},
	};
}
