import { randomFillSync } from "node:crypto";

/** Gives 64 bits for a text, in two halves. Read them before the next text is hashed: one object serves all, for nothing. */
export interface KeyedHash {
	of(text: string): Bits;
}

export interface Bits {
	low: number;
	high: number;
}

/**
 * HalfSipHash-2-4 (Aumasson and Bernstein) over the UTF-16 of a text. With a key that nobody outside of the process knows,
 * so that no client can choose texts that fall together, and with 64 bits, so that two clients do not by chance.
 */
export function createKeyedHash(key: Int32Array = randomFillSync(new Int32Array(2))): KeyedHash {
	const [key0, key1] = key as unknown as readonly [number, number];
	const bits: Bits = { low: 0, high: 0 };
	return {
		of(text) {
			const { length } = text;
			const words = length >> 1;
			let v0 = key0;
			let v1 = key1 ^ 0xee;
			let v2 = key0 ^ 0x6c796765;
			let v3 = key1 ^ 0x74656462;
			// Behind the words of the text one with what is left of it and its length, and then two turns that mix.
			for (let step = 0; step < words + 3; step++) {
				let word = 0;
				if (step < words) word = text.charCodeAt(2 * step) | (text.charCodeAt(2 * step + 1) << 16);
				else if (step === words) word = (length << 25) | (length % 2 === 1 ? text.charCodeAt(length - 1) : 0);
				else if (step === words + 1) v2 ^= 0xee;
				else {
					bits.low = v1 ^ v3;
					v1 ^= 0xdd;
				}
				v3 ^= word;
				for (let round = step > words ? 4 : 2; round > 0; round--) {
					v0 = (v0 + v1) | 0;
					v1 = ((v1 << 5) | (v1 >>> 27)) ^ v0;
					v0 = (v0 << 16) | (v0 >>> 16);
					v2 = (v2 + v3) | 0;
					v3 = ((v3 << 8) | (v3 >>> 24)) ^ v2;
					v0 = (v0 + v3) | 0;
					v3 = ((v3 << 7) | (v3 >>> 25)) ^ v0;
					v2 = (v2 + v1) | 0;
					v1 = ((v1 << 13) | (v1 >>> 19)) ^ v2;
					v2 = (v2 << 16) | (v2 >>> 16);
				}
				v0 ^= word;
			}
			bits.high = v1 ^ v3;
			return bits;
		},
	};
}
