/** Addresses and whom to trust, beside the packages that Express itself uses: proxy-addr and ipaddr.js. */
import assert from "node:assert/strict";
import { IncomingMessage } from "node:http";
import { createRequire } from "node:module";
import { isIP, Socket } from "node:net";
import { describe, test } from "node:test";
import fc from "fast-check";
import { plainAddress } from "../../packages/core/src/address.ts";
import { clientAddress } from "../../packages/core/src/proxy/forwarded.ts";
import { compileTrust, type Trust, trustHops } from "../../packages/core/src/proxy/trust.ts";

// Neither is a dependency of ours: they are found from where Express is.
const fromExpress = createRequire(createRequire(import.meta.url).resolve("express"));
const proxyAddr = fromExpress("proxy-addr") as {
	(request: IncomingMessage, trust: Trust): string;
	compile(list: readonly string[]): Trust;
};
const ipaddr = createRequire(fromExpress.resolve("proxy-addr"))("ipaddr.js") as {
	isValid(address: string): boolean;
	process(address: string): { toNormalizedString(): string };
};

const RUNS = { numRuns: 2_000 };

const ipv4 = fc.ipV4();
const mapped = ipv4.map((address) => `::ffff:${address}`);
const mappedInHex = fc
	.tuple(fc.integer({ min: 0, max: 0xffff }), fc.integer({ min: 0, max: 0xffff }))
	.map(([high, low]) => `::ffff:${high.toString(16)}:${low.toString(16)}`);
// ipaddr.js does not read IPv4 behind `::` alone.
const ipv6 = fc.ipV6().filter((written) => ipaddr.isValid(written));
const address = fc.oneof(ipv4, ipv6, mapped, mappedInHex);

/** Addresses of a few neighbourhoods, so that lists and chains meet. */
const nearby = fc.oneof(
	fc
		.tuple(fc.constantFrom("10.0.0", "10.0.1", "192.168.1", "127.0.0", "203.0.113", "8.8.8"), fc.nat(255))
		.map(([net, host]) => `${net}.${host}`),
	fc
		.tuple(fc.constantFrom("fc00", "fe80", "2001:db8"), fc.nat(0xffff))
		.map(([net, host]) => `${net}::${host.toString(16)}`),
	fc.constantFrom("::1", "::ffff:10.0.0.7", "::ffff:a00:7"),
);

const entry = fc.oneof(
	fc.constantFrom("loopback", "linklocal", "uniquelocal"),
	fc.constantFrom(
		"10.0.0.7",
		"203.0.113.0/24",
		"10.0.0.0/23",
		"192.168.1.128/25",
		"8.8.8.8/32",
		"8.8.8.8/30",
		"2001:db8::/32",
		"fc00::/7",
		"::1",
	),
	fc.tuple(ipv4, fc.integer({ min: 1, max: 32 })).map(([network, bits]) => `${network}/${bits}`),
	fc
		.tuple(fc.constantFrom("2001:db8:7::", "fd12:3456::9", "fe80::a"), fc.integer({ min: 3, max: 128 }))
		.map(([network, bits]) => `${network}/${bits}`),
);

function requestFrom(peer: string, forwarded: string | undefined): IncomingMessage {
	const socket = new Socket();
	Object.defineProperty(socket, "remoteAddress", { value: peer });
	const request = new IncomingMessage(socket);
	request.headers = forwarded === undefined ? {} : { "x-forwarded-for": forwarded };
	return request;
}

const normalized = (written: string): string => ipaddr.process(written).toNormalizedString();

describe("an address", () => {
	test("is the one that ipaddr.js reads", () => {
		fc.assert(
			fc.property(address, (written) => {
				const plain = plainAddress(written);
				assert.equal(normalized(plain ?? ""), normalized(written));
				assert.equal(isIP(plain ?? ""), normalized(written).includes(":") ? 6 : 4);
			}),
			RUNS,
		);
	});

	test("is the same with brackets, port, zone, capitals and spaces", () => {
		fc.assert(
			fc.property(address, fc.integer({ min: 1, max: 65_535 }), (written, port) => {
				const plain = plainAddress(written);
				const isV6 = written.includes(":");
				const spellings = [
					` ${written}\t`,
					written.toUpperCase(),
					isV6 ? `[${written}]:${port}` : `${written}:${port}`,
				];
				if (isV6) spellings.push(`[${written}]`, `${written}%eth0`);
				for (const spelling of spellings) assert.equal(plainAddress(spelling), plain, spelling);
			}),
			RUNS,
		);
	});

	test("read once more is what it was", () => {
		fc.assert(
			fc.property(address, (written) => {
				const plain = plainAddress(written)!;
				assert.equal(plainAddress(plain), plain);
			}),
			RUNS,
		);
	});

	test("of any text is an address or nothing", () => {
		const text = fc.oneof(fc.string(), fc.string({ unit: fc.constantFrom(..."0123456789abcdef:.[]%/ ,") }));
		fc.assert(
			fc.property(text, (written) => {
				const plain = plainAddress(written);
				assert.ok(plain === undefined || isIP(plain) !== 0, plain);
			}),
			{ numRuns: 10_000 },
		);
	});
});

describe("a list of proxies", () => {
	test("holds whom proxy-addr's holds", () => {
		fc.assert(
			fc.property(fc.array(entry, { maxLength: 4 }), fc.oneof(nearby, ipv4, mapped), (list, peer) => {
				assert.equal(compileTrust(list)(peer, 0), proxyAddr.compile(list)(peer, 0));
			}),
			{ numRuns: 5_000 },
		);
	});

	test("refuses what proxy-addr refuses", () => {
		const written = fc.oneof(fc.string({ unit: fc.constantFrom(..."0123456789abf:./") }), entry);
		const isRead = (compile: (list: readonly string[]) => unknown, text: string): boolean => {
			try {
				compile([text]);
				return true;
			} catch {
				return false;
			}
		};
		fc.assert(
			// Everything that ours takes; proxy-addr takes more, such as 10.1 for 10.0.0.1 and netmasks for prefixes.
			fc.property(written, (text) => {
				if (isRead(compileTrust, text))
					assert.ok(isRead(proxyAddr.compile, text) || /\/0+$|:\d+(\/|$)/.test(text), text);
			}),
			{ numRuns: 10_000 },
		);
	});
});

describe("the client's address", () => {
	const chain = fc.array(nearby, { maxLength: 5 });

	test("by addresses is the one that proxy-addr finds", () => {
		fc.assert(
			fc.property(fc.array(entry, { maxLength: 3 }), nearby, chain, (list, peer, hops) => {
				const request = requestFrom(peer, hops.length === 0 ? undefined : hops.join(", "));
				const expected = proxyAddr(request, proxyAddr.compile(list));
				assert.equal(normalized(clientAddress(request, compileTrust(list))), normalized(expected));
			}),
			{ numRuns: 5_000 },
		);
	});

	test("by a count is the one that proxy-addr finds", () => {
		fc.assert(
			fc.property(fc.nat(6), nearby, chain, (count, peer, hops) => {
				const request = requestFrom(peer, hops.length === 0 ? undefined : hops.join(","));
				const expected = proxyAddr(request, (_address, hop) => hop < count);
				assert.equal(normalized(clientAddress(request, trustHops(count))), normalized(expected));
			}),
			{ numRuns: 5_000 },
		);
	});

	test("cannot be chosen by the client, whatever it writes in front of what the proxies add", () => {
		const lie = fc.oneof(
			fc.string(),
			chain.map((hops) => hops.join(", ")),
			fc.constantFrom("", ",", "unknown", "10.0.0.1,"),
		);
		fc.assert(
			fc.property(lie, ipv4, fc.array(ipv4, { maxLength: 3 }), ipv4, (written, client, proxies, peer) => {
				const added = [client, ...proxies].join(", ");
				const trust = trustHops(proxies.length + 1);
				assert.equal(clientAddress(requestFrom(peer, `${written}, ${added}`), trust), client);
			}),
			RUNS,
		);
	});

	test("is always an address: the peer's, or one that stands in the header", () => {
		fc.assert(
			fc.property(fc.string(), fc.nat(9), nearby, (forwarded, count, peer) => {
				const found = clientAddress(requestFrom(peer, forwarded), trustHops(count));
				const written = forwarded.split(",").map(plainAddress);
				assert.ok(found === plainAddress(peer) || written.includes(found), found);
			}),
			RUNS,
		);
	});
});
