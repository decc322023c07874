import assert from "node:assert/strict";
import { IncomingMessage, ServerResponse } from "node:http";
import { Socket } from "node:net";
import { describe, test } from "node:test";
import { type Framework, openExchange, type Verdict } from "../exchange/exchange.ts";
import { CORS, type CorsValues } from "./cors.ts";

const FRAMEWORK: Framework = {
	name: "none",
	clientAddress: () => undefined,
	isSecure: () => undefined,
	route: () => undefined,
};

const SITE = "https://app.example.com";

/** What a request from a site gets: the headers that are set, and the verdict if there is one. */
function asked(
	values: Partial<CorsValues>,
	headers: Record<string, string>,
	method = "GET",
): { headers: Readonly<Record<string, unknown>>; verdict: Verdict | undefined } {
	const request = Object.assign(new IncomingMessage(new Socket()), { method });
	request.headers = headers;
	const response = new ServerResponse(request);
	const policy = CORS.policy({ ...CORS.DEFAULTS, ...values }, { mode: "production" });
	const room = CORS.create(policy, undefined as never, "app");
	const verdict = room.enter!(openExchange(request, response, FRAMEWORK, request)) as Verdict | undefined;
	return { headers: { ...response.getHeaders() }, verdict };
}

const allowed = (values: Partial<CorsValues>, origin: string): unknown =>
	asked(values, { origin }).headers["access-control-allow-origin"];

describe("who may read answers", () => {
	const list = { origin: [SITE, "http://localhost:3000"] };
	const table: readonly (readonly [string, string | undefined])[] = [
		[SITE, SITE],
		["http://localhost:3000", "http://localhost:3000"],
		["HTTPS://APP.example.com", "HTTPS://APP.example.com"],
		["https://evil.example", undefined],
		["https://app.example.com.evil.example", undefined],
		["https://evilapp.example.com", undefined],
		["https://x.app.example.com", undefined],
		["http://app.example.com", undefined],
		["https://app.example.com:8443", undefined],
		["https://app.example.com/", undefined],
		["null", undefined],
		["", undefined],
		["*", undefined],
	];
	for (const [origin, answer] of table) {
		test(`${origin || "(nothing)"} ${answer === undefined ? "may not" : "may"}`, () => {
			assert.equal(allowed(list, origin), answer);
		});
	}

	test("nobody, while no site is named", () => {
		assert.equal(allowed({}, SITE), undefined);
	});

	test("everybody, when that was said", () => {
		assert.equal(allowed({ origin: "*" }, "https://anybody.example"), "*");
		assert.equal(
			asked({ origin: "*" }, { origin: SITE }).headers["access-control-allow-credentials"],
			undefined,
		);
	});

	test("whom a function says yes to", () => {
		const origin = (from: string): boolean => from.endsWith(".example.com");
		assert.equal(allowed({ origin }, SITE), SITE);
		assert.equal(allowed({ origin }, "https://example.org"), undefined);
	});

	test("a sandboxed frame never, whatever a function says", () => {
		assert.equal(allowed({ origin: () => true }, "null"), undefined);
	});

	test("nobody that a function throws at, or answers with anything but true", () => {
		for (const answer of ["yes", 1, {}, Promise.resolve(true), undefined]) {
			assert.equal(allowed({ origin: (() => answer) as never }, SITE), undefined, String(answer));
		}
		const broken = (): never => {
			throw new Error("broken");
		};
		assert.equal(allowed({ origin: broken }, SITE), undefined);
	});
});

describe("cookies", () => {
	test("go along where that was said, and only to sites that may read", () => {
		const values = { origin: [SITE], credentials: true };
		assert.equal(asked(values, { origin: SITE }).headers["access-control-allow-credentials"], "true");
		assert.equal(
			asked(values, { origin: "https://evil.example" }).headers["access-control-allow-credentials"],
			undefined,
		);
	});
});

describe("a cache", () => {
	test("never hands the answer for one site to another", () => {
		for (const headers of [{ origin: SITE }, { origin: "https://evil.example" }, {}]) {
			assert.equal(asked({ origin: [SITE] }, headers).headers.vary, "Origin");
		}
	});

	test("needs to tell nobody apart where everybody gets the same", () => {
		assert.equal(asked({ origin: "*" }, { origin: SITE }).headers.vary, undefined);
	});
});

describe("a preflight", () => {
	const preflight = { origin: SITE, "access-control-request-method": "PUT" };

	test("is answered, with what may be sent", () => {
		const { verdict, headers } = asked(
			{ origin: [SITE] },
			{ ...preflight, "access-control-request-headers": "content-type,x-a" },
			"OPTIONS",
		);
		assert.deepEqual([verdict?.status, verdict?.body], [204, ""]);
		assert.deepEqual(Object.fromEntries(verdict!.headers), {
			"access-control-allow-methods": "GET,HEAD,PUT,PATCH,POST,DELETE",
			"access-control-allow-headers": "content-type,x-a",
			"access-control-max-age": "7200",
			vary: "Origin, Access-Control-Request-Headers",
		});
		assert.equal(headers["access-control-allow-origin"], SITE);
	});

	test("of a site that may not is the program's to answer, without a word of ours", () => {
		const { verdict, headers } = asked(
			{ origin: [SITE] },
			{ ...preflight, origin: "https://evil.example" },
			"OPTIONS",
		);
		assert.equal(verdict, undefined);
		assert.deepEqual({ ...headers }, { vary: "Origin" });
	});

	test("is one only with the header that makes it one", () => {
		assert.equal(asked({ origin: [SITE] }, { origin: SITE }, "OPTIONS").verdict, undefined);
		assert.equal(asked({ origin: [SITE] }, preflight, "POST").verdict, undefined);
	});
});
