import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { clientKey } from "./client-key.ts";

describe("the bucket of an address", () => {
	const table: Readonly<Record<string, string>> = {
		"1.2.3.4": "1.2.3.4",
		"255.255.255.255": "255.255.255.255",
		"2001:db8:1:2345::": "2001:db8:1:2300::/56",
		"2001:db8:1:23ff:ffff:ffff:ffff:ffff": "2001:db8:1:2300::/56",
		"2001:db8:1:2400::1": "2001:db8:1:2400::/56",
		"2001:DB8::1": "2001:db8:0:0::/56",
		"::1": "0:0:0:0::/56",
		"::": "0:0:0:0::/56",
		"fe80::1": "fe80:0:0:0::/56",
		"2001:db8:1:2:3:4:1.2.3.4": "2001:db8:1:0::/56",
		"2001:db8:a:ff::5:6:7": "2001:db8:a:0::/56",
	};
	for (const [address, key] of Object.entries(table)) {
		test(`${address} counts in ${key}`, () => {
			assert.equal(clientKey(address), key);
		});
	}

	test("IPv4 that is written as IPv6 is the same client, in every spelling", () => {
		for (const address of ["::ffff:1.2.3.4", "::FFFF:1.2.3.4", "::ffff:102:304", "0:0:0:0:0:ffff:102:304"]) {
			assert.equal(clientKey(address), "1.2.3.4", address);
		}
	});

	test("two IPv4 clients never share one", () => {
		assert.notEqual(clientKey("::ffff:1.2.3.4"), clientKey("::ffff:1.2.3.5"));
	});

	test("what is no address counts as it is written", () => {
		for (const word of ["unknown", "", "not:an:address"]) assert.equal(clientKey(word), word);
	});
});
