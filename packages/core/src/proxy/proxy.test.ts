import assert from "node:assert/strict";
import { IncomingMessage, ServerResponse } from "node:http";
import { Socket } from "node:net";
import { describe, test } from "node:test";
import { type Exchange, openExchange } from "../exchange/exchange.ts";
import type { Framework } from "../exchange/framework.ts";
import type { Facts, Place } from "../exchange/room.ts";
import { PROXY, type ProxyValues } from "./proxy.ts";

/** What a framework says of the client, where it says anything. */
interface Seen {
	readonly address?: string;
	readonly isSecure?: boolean;
	readonly believesHost?: boolean;
}

/** The codes of what is said of requests of one app, or of a part of one, that nobody has explained. */
function said(
	requests: readonly (readonly [peer: string, headers: Record<string, string>])[],
	more: {
		readonly values?: Partial<ProxyValues>;
		readonly place?: Place;
		readonly isWatching?: true;
		readonly address?: string;
	} = {},
): string[] {
	const codes: string[] = [];
	const policy = PROXY.policy({ ...PROXY.DEFAULTS, ...more.values }, { mode: "production" });
	const room = PROXY.create(
		policy,
		{ notice: (code: string) => codes.push(code) } as never,
		more.place ?? "app",
	);
	const framework: Framework = {
		name: "none",
		...(more.isWatching && { isWatching: true }),
		clientAddress: () => more.address,
		isSecure: () => undefined,
		route: () => undefined,
	};
	for (const [peer, headers] of requests) {
		const socket = new Socket();
		Object.defineProperty(socket, "remoteAddress", { value: peer });
		const request = new IncomingMessage(socket);
		request.headers = headers;
		room.enter!(openExchange(request, new ServerResponse(request), framework, request));
	}
	return codes;
}

describe("a proxy that nobody named", () => {
	const PEER = "10.0.0.1";
	const FOR = { "x-forwarded-for": "1.1.1.1" };
	const BY_HTTPS = { "x-forwarded-proto": "https" };

	test("is told of at the first request that comes by it, and once", () => {
		for (const headers of [FOR, BY_HTTPS, { ...FOR, ...BY_HTTPS }]) {
			assert.deepEqual(
				said([
					[PEER, headers],
					["10.0.0.2", headers],
					[PEER, headers],
				]),
				["FORWARDED_UNEXPLAINED"],
			);
		}
	});

	test("is none where a stranger writes its headers, or nobody does", () => {
		assert.deepEqual(
			said([
				["203.0.113.9", { ...FOR, ...BY_HTTPS }],
				[PEER, {}],
			]),
			[],
		);
		assert.deepEqual(said([[PEER, { "x-forwarded-proto": "http" }]]), []);
	});

	test("is not told of where somebody has said something, or may still say it", () => {
		const requests = [[PEER, { ...FOR, ...BY_HTTPS }]] as const;
		for (const values of [{ hops: 0 }, { hops: 1 }, { trust: ["192.0.2.0/24"] }])
			assert.deepEqual(said(requests, { values }), []);
		assert.deepEqual(said(requests, { address: "1.1.1.1" }), [], "the framework");
		assert.deepEqual(said(requests, { isWatching: true }), [], "the bootstrap, before an app");
		assert.deepEqual(said(requests, { place: "part" }), [], "a part, which knows nothing of the app");
	});
});

function entered(
	values: Partial<ProxyValues>,
	peer: string | undefined,
	headers: Record<string, string> = {},
	seen: Seen = {},
): Exchange {
	const framework: Framework = {
		name: "none",
		clientAddress: () => seen.address,
		isSecure: () => seen.isSecure,
		believesHost: () => seen.believesHost,
		route: () => undefined,
	};
	const socket = new Socket();
	Object.defineProperty(socket, "remoteAddress", { value: peer });
	const request = new IncomingMessage(socket);
	request.headers = headers;
	const exchange = openExchange(request, new ServerResponse(request), framework, request);
	const policy = PROXY.policy({ ...PROXY.DEFAULTS, ...values }, { mode: "production" });
	assert.equal(PROXY.create(policy, { notice: () => {} } as never, "app").enter!(exchange), undefined);
	return exchange;
}

const FORWARDED = { "x-forwarded-for": "1.1.1.1", "x-forwarded-proto": "https" };

describe("who the client is", () => {
	test("behind a proxy that was named, what the proxy says", () => {
		const { clientAddress, isSecure } = entered({ hops: 1 }, "10.0.0.1", FORWARDED);
		assert.deepEqual([clientAddress, isSecure], ["1.1.1.1", true]);
	});

	test("else, whoever holds the connection", () => {
		const { clientAddress, isSecure } = entered({}, "10.0.0.1", FORWARDED);
		assert.deepEqual([clientAddress, isSecure], ["10.0.0.1", false]);
	});

	test("where the framework has decided, the framework's word", () => {
		const seen = { address: "::ffff:9.9.9.9", isSecure: false };
		const { clientAddress, isSecure } = entered({ hops: 1 }, "10.0.0.1", FORWARDED, seen);
		assert.deepEqual([clientAddress, isSecure], ["9.9.9.9", false]);
	});

	test("where the framework's word is no address, ours", () => {
		assert.equal(entered({}, "203.0.113.9", {}, { address: "unknown" }).clientAddress, "203.0.113.9");
	});
});

describe("an address is doubtful", () => {
	const table: readonly (readonly [
		string,
		Partial<ProxyValues>,
		string,
		Record<string, string>,
		Seen,
		boolean,
	])[] = [
		["when a private peer forwards and nobody has said anything", {}, "10.0.0.1", FORWARDED, {}, true],
		["also on the same machine", {}, "127.0.0.1", FORWARDED, {}, true],
		["not without the header", {}, "10.0.0.1", {}, {}, false],
		["not from the internet, where anybody writes headers", {}, "203.0.113.9", FORWARDED, {}, false],
		["not when there is a proxy", { hops: 1 }, "10.0.0.1", FORWARDED, {}, false],
		["not when there are none", { hops: 0 }, "10.0.0.1", FORWARDED, {}, false],
		[
			"not when addresses were named, though this is not one of them",
			{ trust: ["192.0.2.1"] },
			"10.0.0.1",
			FORWARDED,
			{},
			false,
		],
		["not when the framework knows", {}, "10.0.0.1", FORWARDED, { address: "10.0.0.1" }, false],
	];
	for (const [name, values, peer, headers, seen, expected] of table) {
		test(name, () => {
			assert.equal(entered(values, peer, headers, seen).isAddressDoubtful, expected);
		});
	}
});

describe("a policy knows", () => {
	const table: readonly (readonly [Partial<ProxyValues>, isKnown: boolean, isTrusting: boolean])[] = [
		[{}, false, false],
		[{ hops: 0 }, true, false],
		[{ hops: 1 }, true, true],
		[{ trust: [] }, true, false],
		[{ trust: ["loopback"] }, true, true],
	];
	for (const [values, isKnown, isTrusting] of table) {
		test(`${JSON.stringify(values)}: ${isKnown ? "said" : "unsaid"}, ${isTrusting ? "somebody" : "nobody"} is believed`, () => {
			const policy = PROXY.policy({ ...PROXY.DEFAULTS, ...values }, { mode: "production" });
			assert.deepEqual([policy.isKnown, policy.isTrusting], [isKnown, isTrusting]);
		});
	}

	test("while the room is off, nobody is believed, and that is said", () => {
		const policy = PROXY.policy(PROXY.OFF!, { mode: "production" });
		assert.deepEqual([policy.isKnown, policy.isTrusting, policy.trust("127.0.0.1", 0)], [true, false, false]);
	});
});

describe("the explanation", () => {
	function asked(
		values: Partial<ProxyValues>,
		mode: Facts["mode"],
		peer: string,
		place: Place = "app",
	): boolean {
		const { answer } = PROXY.create(
			PROXY.policy({ ...PROXY.DEFAULTS, ...values }, { mode }),
			{ notice: () => {} } as never,
			place,
		);
		const exchange = entered({}, peer);
		return (
			answer?.({
				...exchange,
				path: "/proxyz",
				request: Object.assign(exchange.request, { method: "GET" }),
			}) !== undefined
		);
	}
	const table: readonly (readonly [
		name: string,
		values: Partial<ProxyValues>,
		mode: Facts["mode"],
		peer: string,
		isThere: boolean,
	])[] = [
		["in development, for who is near", {}, "development", "127.0.0.1", true],
		["in development, for an address of IPv6 within the house", {}, "development", "::ffff:10.0.0.1", true],
		["in development, not for who comes from the internet", {}, "development", "203.0.113.7", false],
		["not in production", {}, "production", "127.0.0.1", false],
		["not in tests", {}, "test", "127.0.0.1", false],
		["with a token, not for who has none", { token: "0123456789abcdef" }, "development", "127.0.0.1", false],
		["not where it is switched off", { explainPath: false }, "development", "127.0.0.1", false],
	];
	for (const [name, values, mode, peer, isThere] of table) {
		test(`is there: ${name}`, () => assert.equal(asked(values, mode, peer), isThere));
	}

	test("is no part of a part that is mounted alone", () => {
		assert.equal(asked({}, "development", "127.0.0.1", "part"), false);
	});
});

describe("how the client came is doubtful", () => {
	const HTTPS = { "x-forwarded-proto": "https" };
	const FOR = { "x-forwarded-for": "1.1.1.1" };
	const table: readonly (readonly [
		string,
		Partial<ProxyValues>,
		string | undefined,
		Record<string, string>,
		Seen,
		Exchange["schemeDoubt"],
	])[] = [
		["nobody said, and the peer says https", {}, "10.0.0.1", HTTPS, {}, "unexplained"],
		["the same of a public peer, as a CDN is", {}, "203.0.113.9", HTTPS, {}, "unexplained"],
		["nobody said, and a private peer tells whose it is", {}, "10.0.0.1", FOR, {}, "unexplained"],
		["the same of a public peer", {}, "203.0.113.9", FOR, {}, undefined],
		[
			"nobody said, and the peer says http",
			{},
			"10.0.0.1",
			{ ...FOR, "x-forwarded-proto": "http" },
			{},
			undefined,
		],
		["a private peer that is not named", { trust: ["10.9.0.0/16"] }, "10.0.0.1", HTTPS, {}, "unbelieved"],
		["a public peer that is not named", { trust: ["10.9.0.0/16"] }, "203.0.113.9", HTTPS, {}, undefined],
		["there is no proxy, and one says so", { hops: 0 }, "10.0.0.1", HTTPS, {}, "unbelieved"],
		["a named proxy that says nothing of it", { hops: 1 }, "10.0.0.1", FOR, {}, "untold"],
		["a named proxy that says nothing at all", { hops: 1 }, "10.0.0.1", {}, {}, undefined],
		["a named proxy that says http", { hops: 1 }, "10.0.0.1", { "x-forwarded-proto": "http" }, {}, undefined],
		["a named proxy that says https", { hops: 1 }, "10.0.0.1", HTTPS, {}, undefined],
		["the framework was told", {}, "10.0.0.1", HTTPS, { address: "10.0.0.1", isSecure: false }, "unbelieved"],
		["a peer without an address", { hops: 1 }, undefined, HTTPS, {}, "unnamable"],
		["a peer without an address that says nothing", { hops: 1 }, undefined, {}, {}, undefined],
		["nobody says anything", {}, "10.0.0.1", {}, {}, undefined],
	];
	for (const [what, values, peer, headers, seen, doubt] of table) {
		test(`${doubt ?? "not"}: ${what}`, () => {
			assert.equal(entered(values, peer, headers, seen).schemeDoubt, doubt);
		});
	}
});

describe("X-Forwarded-Host", () => {
	const named = { "x-forwarded-host": "example.com" };

	test("is the word of a proxy that was named, and of nobody else", () => {
		assert.equal(entered({ hops: 1 }, "10.0.0.1", named).forwardedHost, "example.com");
		assert.equal(entered({ trust: ["10.0.0.0/8"] }, "10.0.0.1", named).forwardedHost, "example.com");
		assert.equal(entered({ trust: ["10.0.0.0/8"] }, "11.0.0.1", named).forwardedHost, undefined);
		assert.equal(entered({ hops: 0 }, "10.0.0.1", named).forwardedHost, undefined);
		assert.equal(entered({}, "10.0.0.1", named).forwardedHost, undefined);
		assert.equal(entered({ hops: 1 }, "10.0.0.1", { "x-forwarded-host": "" }).forwardedHost, undefined);
	});

	test("is what the framework takes for the host, where it decides", () => {
		assert.equal(entered({}, "10.0.0.1", named, { believesHost: true }).forwardedHost, "example.com");
		assert.equal(entered({ hops: 1 }, "10.0.0.1", named, { believesHost: false }).forwardedHost, undefined);
	});
});
