import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { plainAddress } from "./address.ts";

describe("the address in what proxies write", () => {
	const addresses: Readonly<Record<string, string>> = {
		"1.2.3.4": "1.2.3.4",
		" 1.2.3.4\t": "1.2.3.4",
		"1.2.3.4:80": "1.2.3.4",
		"1.2.3.4:65535": "1.2.3.4",
		"2001:db8::1": "2001:db8::1",
		"2001:DB8::A": "2001:db8::a",
		"[2001:db8::1]": "2001:db8::1",
		"[2001:db8::1]:8080": "2001:db8::1",
		"fe80::1%eth0": "fe80::1",
		"[fe80::1%eth0]:80": "fe80::1",
		"::": "::",
		"::1": "::1",
		"::ffff:1.2.3.4": "1.2.3.4",
		"::FFFF:1.2.3.4": "1.2.3.4",
		"::ffff:0102:0304": "1.2.3.4",
		"::ffff:102:304": "1.2.3.4",
		"0:0:0:0:0:ffff:1.2.3.4": "1.2.3.4",
		"0000:0000:0000:0000:0000:ffff:0102:0304": "1.2.3.4",
		"0::ffff:1.2.3.4": "1.2.3.4",
		"[::ffff:1.2.3.4]:80": "1.2.3.4",
		"::ffff:255.255.255.255": "255.255.255.255",
		"::ffff:ffff:ffff": "255.255.255.255",
		// IPv4 within IPv6 that is no mapped address: someone else.
		"::1.2.3.4": "::1.2.3.4",
		"64:ff9b::1.2.3.4": "64:ff9b::1.2.3.4",
		"::ffff:0:1.2.3.4": "::ffff:0:1.2.3.4",
		"ffff::102:304": "ffff::102:304",
	};
	for (const [written, address] of Object.entries(addresses)) {
		test(`${JSON.stringify(written)} is ${address}`, () => {
			assert.equal(plainAddress(written), address);
		});
	}

	const NONE: readonly string[] = [
		"",
		" ",
		"unknown",
		"_hidden",
		"localhost",
		"example.com",
		"1.2.3",
		"1.2.3.4.5",
		"1.2.3.256",
		"01.2.3.4",
		"0x7f.0.0.1",
		"2130706433",
		"1.2.3.4:",
		"1.2.3.4:80:80",
		"1.2.3.4 5.6.7.8",
		"1.2.3.4\u0000",
		"1.2.3.4/24",
		":80",
		"2001:db8::1::2",
		"2001:db8::g",
		"[",
		"[]",
		"[]:80",
		"[::1",
		"[1.2.3.45",
		"[::1]x",
		"::1]",
		"for=1.2.3.4",
		"x".repeat(100_000),
	];
	for (const written of NONE) {
		test(`${JSON.stringify(written.slice(0, 40))} is none`, () => {
			assert.equal(plainAddress(written), undefined);
		});
	}
});
