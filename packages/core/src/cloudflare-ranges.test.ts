import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { BlockList, isIP } from "node:net";
import { describe, test } from "node:test";
import { CLOUDFLARE_RANGES } from "./cloudflare-ranges.ts";

const parts = CLOUDFLARE_RANGES.map((range) => {
	const [network = "", bits = ""] = range.split("/");
	return { range, network, bits: Number(bits), family: isIP(network) };
});

describe("the list of Cloudflare", () => {
	test("holds networks only, no wider than Cloudflare has ever had them, each once", () => {
		const odd = parts.filter(
			({ family, bits }) =>
				!(family === 4 ? bits >= 12 && bits <= 24 : family === 6 && bits >= 29 && bits <= 48),
		);
		assert.deepEqual(odd, []);
		assert.equal(new Set(CLOUDFLARE_RANGES).size, CLOUDFLARE_RANGES.length);
	});

	test("holds no network within another, and no address of a private network", () => {
		for (const { network, family } of parts) {
			const others = new BlockList();
			const type = family === 6 ? "ipv6" : "ipv4";
			for (const other of parts) {
				if (other.network !== network)
					others.addSubnet(other.network, other.bits, other.family === 6 ? "ipv6" : "ipv4");
			}
			assert.equal(others.check(network, type), false, network);
			assert.doesNotMatch(network, /^(?:10\.|127\.|192\.168\.|169\.254\.|f[cde])/);
		}
	});

	test("is the one that the decision tells of, with the day of its last change", () => {
		const source = readFileSync(new URL("./cloudflare-ranges.ts", import.meta.url), "utf8");
		const record = readFileSync(
			new URL("../../../decisions/014-the-list-of-cloudflare.md", import.meta.url),
			"utf8",
		);
		const changed = /last changed on (\d{4}-\d{2}-\d{2})/.exec(source)?.[1];
		assert.match(record, new RegExp(`last changed on ${changed}`));
		const v4 = parts.filter(({ family }) => family === 4).length;
		assert.match(record, new RegExp(`${v4} networks of IPv4 and ${parts.length - v4} of IPv6`));
	});
});
