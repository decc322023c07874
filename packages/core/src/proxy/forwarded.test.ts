import assert from "node:assert/strict";
import { IncomingMessage } from "node:http";
import { Socket } from "node:net";
import { describe, test } from "node:test";
import { believedHost, clientAddress, isSecureRequest, settleForwarded } from "./forwarded.ts";
import { compileTrust, type Trust, trustHops } from "./trust.ts";

const PEER = "10.0.0.1";
const nobody = trustHops(0);
const everyPrivatePeer = compileTrust(["uniquelocal", "loopback"]);

function requestFrom(
	peer: string | undefined,
	headers: Record<string, string>,
	isEncrypted = false,
): IncomingMessage {
	const socket = new Socket();
	Object.defineProperty(socket, "remoteAddress", { value: peer });
	if (isEncrypted) Object.assign(socket, { encrypted: true });
	const request = new IncomingMessage(socket);
	request.headers = headers;
	return request;
}

const client = (forwarded: string, trust: Trust): string =>
	clientAddress(requestFrom(PEER, { "x-forwarded-for": forwarded }), trust);

describe("the client's address", () => {
	const table: readonly (readonly [name: string, trust: Trust, forwarded: string, expected: string])[] = [
		["nobody is trusted", nobody, "1.1.1.1", PEER],
		["one hop, one entry", trustHops(1), "1.1.1.1", "1.1.1.1"],
		["one hop, and a client that lies", trustHops(1), "6.6.6.6, 1.1.1.1", "1.1.1.1"],
		["two hops", trustHops(2), "6.6.6.6, 1.1.1.1, 2.2.2.2", "1.1.1.1"],
		["more hops than entries", trustHops(9), "1.1.1.1, 2.2.2.2", "1.1.1.1"],
		["addresses", everyPrivatePeer, "6.6.6.6, 1.1.1.1, 10.0.0.2, 192.168.0.1", "1.1.1.1"],
		["all entries are proxies", everyPrivatePeer, "10.0.0.3, 10.0.0.2", "10.0.0.3"],
		["entries with ports", everyPrivatePeer, "1.1.1.1:5555, 10.0.0.2:80", "1.1.1.1"],
		["IPv6 in brackets with a port", trustHops(1), "[2001:db8::1]:443", "2001:db8::1"],
		["IPv4 that is written as IPv6", everyPrivatePeer, "1.1.1.1, ::ffff:10.0.0.2", "1.1.1.1"],
		["no spaces", trustHops(2), "1.1.1.1,2.2.2.2", "1.1.1.1"],
		["many spaces", trustHops(2), "  1.1.1.1 ,\t2.2.2.2  ", "1.1.1.1"],
		["an empty header", trustHops(1), "", PEER],
		["what is no address ends the walk", trustHops(9), "1.1.1.1, unknown, 2.2.2.2", "2.2.2.2"],
		["an obfuscated node", trustHops(9), "1.1.1.1, _hidden", PEER],
		["an empty entry", trustHops(9), "1.1.1.1,, 2.2.2.2", "2.2.2.2"],
		["a comma at the end", trustHops(9), "1.1.1.1,", PEER],
		["nothing but commas", trustHops(9), ",,,", PEER],
	];
	for (const [name, trust, forwarded, expected] of table) {
		test(`${name}: ${JSON.stringify(forwarded)} is ${expected}`, () => {
			assert.equal(client(forwarded, trust), expected);
		});
	}

	test("is the peer's where there is no header", () => {
		assert.equal(clientAddress(requestFrom("203.0.113.9", {}), trustHops(3)), "203.0.113.9");
		assert.equal(clientAddress(requestFrom("::ffff:203.0.113.9", {}), nobody), "203.0.113.9");
	});

	test("of a socket that has none is a word, and no header is believed", () => {
		const request = requestFrom(undefined, { "x-forwarded-for": "1.1.1.1" });
		assert.equal(clientAddress(request, trustHops(1), "x-forwarded-for"), "unknown");
	});

	test("H82 asks of each entry once, from the right, and no further than it believes", () => {
		const asked = (entries: number, trust: Trust): number => {
			let count = 0;
			const counting: Trust = (address, hop) => {
				assert.equal(hop, count++);
				return trust(address, hop);
			};
			client(Array(entries).fill("10.0.0.2").join(", "), counting);
			return count;
		};
		assert.deepEqual([asked(5_000, everyPrivatePeer), asked(10_000, everyPrivatePeer)], [5_001, 10_001]);
		assert.deepEqual([asked(5_000, trustHops(2)), asked(10_000, nobody)], [3, 1]);
		assert.equal(client(",".repeat(100_000), trustHops(1_000_000)), PEER);
		assert.equal(client("1".repeat(100_000), trustHops(1)), PEER);
	});
});

describe("of a list of words, one for each proxy", () => {
	const host = (written: string, forwarded: string | undefined, trust: Trust): string | undefined => {
		const headers: Record<string, string> = { "x-forwarded-host": written };
		if (forwarded !== undefined) headers["x-forwarded-for"] = forwarded;
		return believedHost(requestFrom(PEER, headers), trust);
	};
	const table: readonly (readonly [
		name: string,
		written: string,
		forwarded: string | undefined,
		trust: Trust,
		expected: string | undefined,
	])[] = [
		["one word", "shop.example", "1.1.1.1", trustHops(1), "shop.example"],
		[
			"a client's lie in front of the proxy's word",
			"evil.example, shop.example",
			"1.1.1.1",
			trustHops(1),
			"shop.example",
		],
		["two proxies", "shop.example,inner", "1.1.1.1, 10.0.0.2", trustHops(2), "shop.example"],
		["two proxies, by address", "shop.example, inner", "1.1.1.1, 10.0.0.2", everyPrivatePeer, "shop.example"],
		[
			"two proxies and a lie",
			"evil, shop.example, inner",
			"6.6.6.6, 1.1.1.1, 10.0.0.2",
			trustHops(2),
			"shop.example",
		],
		["two proxies, the inner one silent", "shop.example", "1.1.1.1, 10.0.0.2", trustHops(2), "shop.example"],
		["no X-Forwarded-For", "evil.example, shop.example", undefined, trustHops(3), "shop.example"],
		["nothing in it", " ", "1.1.1.1", trustHops(1), undefined],
		["the word of a stranger", "evil.example", "1.1.1.1", nobody, undefined],
	];
	for (const [name, written, forwarded, trust, expected] of table) {
		test(`${name}: ${expected}`, () => assert.equal(host(written, forwarded, trust), expected));
	}

	test("one word is left, that all who read the headers themselves read the same", () => {
		const headers = { "x-forwarded-proto": "https, http", "x-forwarded-host": "evil, shop" };
		const request = requestFrom(PEER, headers);
		settleForwarded(request, false, "shop");
		assert.deepEqual(headers, { "x-forwarded-proto": "http", "x-forwarded-host": "shop" });
		const silent = requestFrom(PEER, {});
		settleForwarded(silent, true, undefined);
		assert.deepEqual(silent.headers, {});
	});
});

describe("a header with the client's address alone", () => {
	const named = (peer: string, headers: Record<string, string>, trust: Trust): string =>
		clientAddress(requestFrom(peer, headers), trust, "cf-connecting-ip");

	test("is believed from a trusted peer, over X-Forwarded-For", () => {
		const headers = { "cf-connecting-ip": "1.1.1.1", "x-forwarded-for": "6.6.6.6, 2.2.2.2" };
		assert.equal(named(PEER, headers, everyPrivatePeer), "1.1.1.1");
	});

	test("is not believed from anybody else", () => {
		assert.equal(named("203.0.113.9", { "cf-connecting-ip": "1.1.1.1" }, everyPrivatePeer), "203.0.113.9");
		assert.equal(named(PEER, { "cf-connecting-ip": "1.1.1.1" }, nobody), PEER);
	});

	test("that holds no address is passed over", () => {
		const headers = { "cf-connecting-ip": "unknown", "x-forwarded-for": "2.2.2.2" };
		assert.equal(named(PEER, headers, everyPrivatePeer), "2.2.2.2");
	});
});

describe("whether a request came by https", () => {
	const table: readonly (readonly [string, string | undefined, Trust, boolean, boolean])[] = [
		["our own TLS", undefined, nobody, true, true],
		["plain http", undefined, trustHops(1), false, false],
		["the word of a trusted peer", "https", trustHops(1), false, true],
		["the word of a trusted peer, in capitals", "HTTPS", trustHops(1), false, true],
		["the word of anybody else", "https", nobody, false, false],
		["a trusted peer that says http", "http", trustHops(1), false, false],
		["of several, what the one trusted proxy has added", "https,http", trustHops(1), false, false],
		["of several, what the one trusted proxy has added, as https", "http, https", trustHops(1), false, true],
		["a WebSocket's word", "wss", trustHops(1), false, true],
		["a word that only begins like it", "https-not", trustHops(1), false, false],
		["TLS of ours, whatever a stranger's header says", "http", nobody, true, true],
		[
			"a trusted peer that came to us by TLS, for a client that came to it by http",
			"http",
			trustHops(1),
			true,
			false,
		],
		["TLS of ours, where a trusted peer says nothing sensible", "gopher", trustHops(1), true, true],
	];
	for (const [name, proto, trust, isEncrypted, expected] of table) {
		test(`${name}: ${expected}`, () => {
			const headers: Record<string, string> = proto === undefined ? {} : { "x-forwarded-proto": proto };
			assert.equal(isSecureRequest(requestFrom(PEER, headers, isEncrypted), trust), expected);
		});
	}

	test("a socket without an address is believed nothing", () => {
		assert.equal(
			isSecureRequest(requestFrom(undefined, { "x-forwarded-proto": "https" }), trustHops(1)),
			false,
		);
	});
});
