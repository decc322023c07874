import assert from "node:assert/strict";
import { test } from "node:test";
import { ipv4Bits } from "./ipv4.ts";

test("an address in dotted decimals is its 32 bits", () => {
	assert.equal(ipv4Bits("0.0.0.0"), 0);
	assert.equal(ipv4Bits("1.2.3.4"), 0x01020304);
	assert.equal(ipv4Bits("255.255.255.255"), 2 ** 32 - 1);
	assert.equal(ipv4Bits("::ffff:10.0.0.1", 7), 0x0a000001);
});

test("what is none, or is not written as one, has none", () => {
	const others = [
		"",
		"1",
		"1.2.3",
		"1.2.3.",
		".1.2.3",
		"1..2.3",
		"1.2.3.4.5",
		"1.2.3.4.",
		"256.1.1.1",
		"01.2.3.4",
	];
	const more = [
		"1.2.3.00",
		" 1.2.3.4",
		"1.2.3.4 ",
		"1.2.3.4:80",
		"1.2.3.-4",
		"1.2.3.4/8",
		"0x1.2.3.4",
		"::1",
		"١.٢.٣.٤",
	];
	for (const text of [...others, ...more]) assert.equal(ipv4Bits(text), -1, text);
});
