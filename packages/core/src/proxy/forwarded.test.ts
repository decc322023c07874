import assert from "node:assert/strict";
import { IncomingMessage } from "node:http";
import { Socket } from "node:net";
import { describe, test } from "node:test";
import { clientAddress, isSecureRequest } from "./forwarded.ts";
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

	test("is found in no time, however long the header", () => {
		const started = performance.now();
		client(`${"10.0.0.2, ".repeat(5_000)}10.0.0.2`, everyPrivatePeer);
		client(",".repeat(100_000), trustHops(1_000_000));
		client("1".repeat(100_000), trustHops(1));
		assert.ok(performance.now() - started < 500);
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
		["of several, the client's side comes first", "https,http", trustHops(1), false, true],
		["of several, the client's side comes first, as http", "http, https", trustHops(1), false, false],
		["a word that only begins like it", "https-not", trustHops(1), false, false],
		["TLS of ours, whatever a header says", "http", trustHops(1), true, true],
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
