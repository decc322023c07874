import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { compileTrust, isTrustEntry, trustHops } from "./trust.ts";

describe("a list of proxies", () => {
	const table: readonly (readonly [
		list: readonly string[],
		yes: readonly string[],
		no: readonly string[],
	])[] = [
		[[], [], ["127.0.0.1", "10.0.0.1", "::1"]],
		[["10.1.2.3"], ["10.1.2.3", "::ffff:10.1.2.3", "10.1.2.3:443"], ["10.1.2.4", "::10.1.2.3"]],
		[["10.0.0.0/8"], ["10.0.0.0", "10.255.255.255"], ["11.0.0.0", "9.255.255.255", "2001:db8::10"]],
		[["192.0.2.128/25"], ["192.0.2.128", "192.0.2.255"], ["192.0.2.127", "192.0.3.128"]],
		[["192.0.2.77/25"], ["192.0.2.1", "192.0.2.127"], ["192.0.2.128"]],
		[["2001:db8::/32"], ["2001:db8::1", "2001:DB8:ffff::"], ["2001:db9::1", "10.0.0.1"]],
		[["::/0"], ["2001:db8::1", "203.0.113.7", "::ffff:203.0.113.7"], []],
		[["::/96"], ["::1", "::10.1.2.3"], ["10.1.2.3"]],
		[["0.0.0.0/0"], ["203.0.113.7", "::ffff:203.0.113.7"], ["2001:db8::1"]],
		[["::ffff:10.0.0.1"], ["10.0.0.1", "::ffff:a00:1"], ["10.0.0.2"]],
		[["loopback"], ["127.0.0.1", "127.255.255.254", "::1"], ["128.0.0.1", "126.0.0.1", "::2", "10.0.0.1"]],
		[["linklocal"], ["169.254.1.1", "fe80::1", "febf::1"], ["169.253.1.1", "fec0::1"]],
		[
			["uniquelocal"],
			["10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1", "fc00::1", "fdff::1"],
			["172.32.0.1", "192.169.0.1", "fe00::1", "11.0.0.1"],
		],
		[
			["private"],
			[
				"127.0.0.1",
				"::1",
				"169.254.1.1",
				"fe80::1",
				"10.0.0.1",
				"172.31.255.255",
				"192.168.1.1",
				"fd00::1",
				"::ffff:10.0.0.1",
			],
			["100.64.0.1", "100.127.255.255", "172.32.0.1", "192.0.2.1", "0.0.0.0", "::", "2001:db8::1", "fec0::1"],
		],
		[
			["cloudflare"],
			["104.16.0.1", "104.27.255.255", "172.71.255.255", "131.0.75.255", "2606:4700::1", "2a06:98c7::1"],
			["104.28.0.1", "172.72.0.0", "131.0.76.0", "10.0.0.1", "2606:4701::1", "2a06:98c8::1"],
		],
		[
			["loopback", "203.0.113.7", "2001:db8::/48"],
			["127.0.0.1", "203.0.113.7", "2001:db8::1"],
			["203.0.113.8"],
		],
	];
	for (const [list, yes, no] of table) {
		test(`${list.join(", ") || "of nobody"} holds ${yes.join(", ") || "nobody"}, and not ${no.join(", ")}`, () => {
			const trust = compileTrust(list);
			assert.deepEqual(
				[...yes, ...no].filter((address) => trust(address, 0)),
				yes,
			);
		});
	}

	test("never holds what is no address", () => {
		const trust = compileTrust(["loopback", "uniquelocal", "linklocal"]);
		for (const written of ["", "unknown", "127.0.0.1.evil.example", "::1]", "loopback"]) {
			assert.equal(trust(written, 0), false, written);
		}
	});

	test("is the same for every place of the chain", () => {
		const trust = compileTrust(["10.0.0.0/8"]);
		assert.deepEqual([trust("10.0.0.1", 0), trust("10.0.0.1", 7), trust("1.1.1.1", 0)], [true, true, false]);
	});

	const UNREADABLE: readonly string[] = [
		"",
		"example.com",
		"Loopback",
		"Private",
		"fastly",
		"10.0.0.0/33",
		"10.0.0.0/-1",
		"10.0.0.0/",
		"10.0.0.0/8/8",
		"10.0.0.0/8.5",
		"10.0.0.0/0x8",
		"10.0.0.0/255.0.0.0",
		"2001:db8::/129",
		"*",
		"constructor",
		"toString",
		"__proto__",
	];
	for (const entry of UNREADABLE) {
		test(`with ${JSON.stringify(entry)} is refused, and the entry is named`, () => {
			assert.equal(isTrustEntry(entry), false);
			assert.throws(
				() => compileTrust(["loopback", entry]),
				(error) => error instanceof RangeError && error.message.includes(`"${entry}"`),
			);
		});
	}
});

describe("a count of proxies", () => {
	test("believes the nearest so many, whoever they are", () => {
		const trust = trustHops(2);
		assert.deepEqual(
			[0, 1, 2, 3].map((hop) => trust("203.0.113.7", hop)),
			[true, true, false, false],
		);
	});

	test("of none believes nobody", () => {
		assert.equal(trustHops(0)("127.0.0.1", 0), false);
	});
});
