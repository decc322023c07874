import assert from "node:assert/strict";
import { IncomingMessage, ServerResponse } from "node:http";
import { Socket } from "node:net";
import { describe, test } from "node:test";
import { type Exchange, openExchange, type Verdict } from "../exchange/exchange.ts";
import type { Framework } from "../exchange/framework.ts";
import { CSRF, type CsrfValues } from "./csrf.ts";

const FRAMEWORK: Framework = {
	name: "none",
	clientAddress: () => undefined,
	isSecure: () => undefined,
	route: () => undefined,
};

const FORGED = { cookie: "sid=1", "sec-fetch-site": "cross-site", origin: "https://evil.example" };

/** What a request gets: 403 and what is said, or nothing. */
function asked(
	headers: Record<string, string>,
	values: Partial<CsrfValues> = {},
	more: { method?: string; socket?: object; exchange?: Partial<Exchange> } = {},
): string | undefined {
	const socket = Object.assign(new Socket(), more.socket);
	const request = Object.assign(new IncomingMessage(socket), { method: more.method ?? "POST" });
	Object.assign(request.headers, headers);
	const exchange = openExchange(request, new ServerResponse(request), FRAMEWORK, request);
	const policy = CSRF.policy({ ...CSRF.DEFAULTS, ...values }, { mode: "production" });
	const guard = CSRF.create(policy, { notice: () => {} } as never, "app");
	const verdict = guard.enter!(Object.assign(exchange, more.exchange)) as Verdict | undefined;
	if (verdict === undefined) return undefined;
	assert.equal(verdict.status, 403);
	return JSON.parse(verdict.body).detail;
}

describe("what a browser adds by itself", () => {
	const foreign = {
		"sec-fetch-site": "cross-site",
		"sec-fetch-mode": "cors",
		origin: "https://evil.example",
	};

	test("is a certificate too, if Node has verified it", () => {
		assert.ok(asked(foreign, {}, { socket: { authorized: true } }));
		assert.equal(asked(foreign, {}, { socket: { authorized: false } }), undefined);
		assert.equal(asked(foreign), undefined);
	});

	test("is a password that it has asked for, and no token", () => {
		for (const word of ["Basic dTpw", "basic dTpw", "Digest username=u", "Negotiate YII", "NTLM TlR"]) {
			assert.ok(asked({ ...foreign, authorization: word }), word);
		}
		for (const word of ["Bearer t", "DPoP t", "Token t", "AWS4-HMAC-SHA256 c", "Basics", ""]) {
			assert.equal(asked({ ...foreign, authorization: word }), undefined, word);
		}
	});
});

describe("the own origin", () => {
	const cookie = "sid=1";

	test("is held against what HTTP/2 calls the host", () => {
		const headers = { cookie, origin: "https://app.example.com", ":authority": "app.example.com" };
		assert.equal(asked(headers), undefined);
		assert.ok(asked({ ...headers, ":authority": "other.example.com" }));
	});

	test("is nobody's where there is no host", () => {
		for (const origin of ["https://undefined", "https://", "https://null"])
			assert.ok(asked({ cookie, origin }), origin);
	});

	test("has a port of its own", () => {
		const of = (origin: string, host: string): boolean => asked({ cookie, origin, host }) === undefined;
		assert.ok(of("http://localhost:3000", "localhost:3000"));
		assert.ok(of("https://[::1]:8443", "[::1]:8443"));
		assert.ok(!of("http://localhost:3001", "localhost:3000"));
		assert.ok(!of("http://localhost", "localhost:443"));
		assert.ok(of("http://localhost", "localhost:80"));
	});
});

describe("a WebSocket", () => {
	test("is refused over HTTP/1 and over HTTP/2, where it comes by another method", () => {
		assert.ok(asked({ ...FORGED, upgrade: "WebSocket" }, {}, { method: "GET" }));
		assert.ok(asked(FORGED, {}, { method: "CONNECT" }));
		assert.equal(asked({ ...FORGED, upgrade: "h2c" }, {}, { method: "GET" }), undefined);
	});
});

describe("skip", () => {
	test("is asked only about what would be refused", () => {
		let count = 0;
		const skip = (): boolean => ++count > 0;
		for (const headers of [{}, { cookie: "a=b" }, { ...FORGED, "sec-fetch-site": "same-origin" }]) {
			assert.equal(asked(headers as never, { skip }), undefined);
		}
		assert.equal(count, 0);
		assert.equal(asked(FORGED, { skip }), undefined);
		assert.equal(count, 1);
	});

	test("says yes by true alone", () => {
		for (const answer of ["yes", 1, {}, undefined, null, Promise.resolve(true)]) {
			assert.ok(asked(FORGED, { skip: (() => answer) as never }), String(answer));
		}
	});
});
