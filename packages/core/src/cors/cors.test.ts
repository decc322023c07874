import assert from "node:assert/strict";
import { IncomingMessage, ServerResponse } from "node:http";
import { Socket } from "node:net";
import { describe, test } from "node:test";
import { openExchange, type Verdict } from "../exchange/exchange.ts";
import type { Framework } from "../exchange/framework.ts";
import { CORS, type CorsValues } from "./cors.ts";

const FRAMEWORK: Framework = {
	name: "none",
	clientAddress: () => undefined,
	isSecure: () => undefined,
	route: () => undefined,
};

const SITE = "https://app.example.com";

const notices: string[] = [];
const SURROUNDINGS = { notice: (code: string, message: string) => notices.push(`${code} ${message}`) };

/** What a request from a site gets: the headers that are set, and the verdict if there is one. */
function asked(
	values: Partial<CorsValues>,
	headers: Record<string, string>,
	method = "GET",
): { headers: Readonly<Record<string, unknown>>; verdict: Verdict | undefined; isTrustedSite: boolean } {
	const request = Object.assign(new IncomingMessage(new Socket()), { method });
	request.headers = headers;
	const response = new ServerResponse(request);
	const policy = CORS.policy({ ...CORS.DEFAULTS, ...values }, { mode: "production" });
	const exchange = openExchange(request, response, FRAMEWORK, request);
	const verdict = CORS.create(policy, SURROUNDINGS as never, "app").enter!(exchange) as Verdict | undefined;
	return { headers: { ...response.getHeaders() }, verdict, isTrustedSite: exchange.isTrustedSite };
}

/** Rejections that nobody hears. */
function listenForUnhandled(): { stop(): readonly unknown[] } {
	const heard: unknown[] = [];
	const listen = (error: unknown): void => void heard.push(error);
	process.on("unhandledRejection", listen);
	return {
		stop() {
			process.off("unhandledRejection", listen);
			return heard;
		},
	};
}

const accepts = (origin: unknown): boolean => CORS.CHECKS.origin.accepts(origin);

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
		assert.ok(notices.some((notice) => notice.startsWith("CORS_UNDECIDED") && notice.includes("threw")));
		assert.ok(notices.some((notice) => notice.includes("something else than true or false")));
	});

	test("nobody through a promise, and one that is rejected does not end the process", async () => {
		const unheard = listenForUnhandled();
		const origin = (() => Promise.reject(new Error("no database"))) as never;
		assert.equal(allowed({ origin }, SITE), undefined);
		await new Promise((resolve) => setImmediate(resolve));
		assert.deepEqual(unheard.stop(), []);
	});

	test("a function is asked about what can be an origin only", () => {
		const seen: string[] = [];
		const origin = (from: string): boolean => seen.push(from) > 0;
		for (const sent of [
			"",
			"*",
			"null",
			"x",
			"https://",
			"https://a.example/",
			"https://a b",
			"\u00e9",
			"https://u@a",
		]) {
			assert.equal(allowed({ origin }, sent), undefined, sent);
		}
		assert.equal(allowed({ origin }, `https://${"a".repeat(8_000)}.example`), undefined);
		assert.deepEqual(seen, []);
		assert.equal(allowed({ origin }, "Capacitor://LOCALHOST"), "Capacitor://LOCALHOST");
		assert.deepEqual(seen, ["capacitor://localhost"]);
	});
});

describe("an origin in a list", () => {
	test("is what a browser sends of it: lower case, ASCII, without its own port", () => {
		for (const [written, sent] of [
			["https://APP.Example.com", "https://app.example.com"],
			["https://app.example.com:443", "https://app.example.com"],
			["http://app.example.com:80", "http://app.example.com"],
			["https://m\u00fcnchen.example", "https://xn--mnchen-3ya.example"],
			["https://[::1]:8443", "https://[::1]:8443"],
		] as const) {
			assert.ok(accepts([written]), written);
			assert.equal(allowed({ origin: [written] }, sent), sent);
		}
		assert.equal(allowed({ origin: [SITE] }, `${SITE}.`), undefined);
		assert.equal(allowed({ origin: ["https://m\u00fcnchen.example"] }, "https://munchen.example"), undefined);
	});

	test("that no browser sends is refused at boot", () => {
		for (const written of [
			"app.example.com",
			"https://app.example.com/",
			"https://*.example.com",
			"https://a.example,https://b.example",
			"https://user@app.example.com",
			"https://a.example:99999",
			"https://",
			"null",
			"*",
			"",
		]) {
			assert.ok(!accepts([written]), written);
		}
	});
});

describe("a pattern in a list", () => {
	const pattern = /^https:\/\/[a-z0-9-]+\.Example\.com$/;

	test("stands for whole origins", () => {
		for (const [origin, may] of [
			["https://a.example.com", true],
			["HTTPS://A.EXAMPLE.COM", true],
			["https://a.b.example.com", false],
			["https://a.example.com.evil.example", false],
			["https://evilexample.com", false],
			["https://a.example.com:8443", false],
			["null", false],
		] as const) {
			assert.equal(
				allowed({ origin: [SITE.replace("app", "other.app"), pattern] }, origin) !== undefined,
				may,
				origin,
			);
		}
		assert.equal(
			allowed({ origin: [pattern], credentials: true }, "https://a.example.com"),
			"https://a.example.com",
		);
	});

	test("with alternatives is anchored on both sides of each", () => {
		const origin = [/^https:\/\/a\.example|https:\/\/b\.example$/];
		assert.equal(allowed({ origin }, "https://a.example"), "https://a.example");
		assert.equal(allowed({ origin }, "https://a.example.evil.example"), undefined);
		assert.equal(allowed({ origin }, "evil+https://b.example"), undefined);
	});

	test("that lets look-alikes in is refused at boot", () => {
		for (const open of [
			/example\.com/,
			/^https:\/\/example\.com/,
			/https:\/\/example\.com$/,
			/^https:\/\/example\.com\$/,
			/^https:\/\/app.example\.com$/,
			/^https:\/\/.*\.example\.com$/,
			/^https:\/\/[a-z]+\.example\.com$/g,
			/^https:\/\/[a-z]+\.example\.com$/y,
			/^https:\/\/[a-z]+\.example\.com$/m,
		]) {
			assert.ok(!accepts([open]), String(open));
		}
		for (const closed of [pattern, /^https:\/\/[a-z.]+\.example\.com$/i])
			assert.ok(accepts([closed]), String(closed));
		assert.ok(!accepts(pattern), "a list of one it has to be");
	});
});

describe("a function", () => {
	test("that has to wait is refused at boot", () => {
		assert.ok(!accepts(async () => true));
		assert.ok(accepts(() => true));
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

	test("needs to tell nobody apart where everybody gets the same, asked or not", () => {
		for (const headers of [{ origin: SITE }, {}] as const) {
			const { vary, ...rest } = asked({ origin: "*" }, headers as never).headers;
			assert.equal(vary, undefined);
			assert.equal(rest["access-control-allow-origin"], "*");
		}
	});
});

describe("a site that may act with cookies", () => {
	const trusted = (values: Partial<CorsValues>, origin: string, method = "POST"): boolean =>
		asked(values, { origin }, method).isTrustedSite;

	test("is one that may send them, by a method that it may use", () => {
		const values = { origin: [SITE], credentials: true };
		assert.equal(trusted(values, SITE), true);
		assert.equal(trusted(values, "https://evil.example"), false);
		assert.equal(trusted(values, "null"), false);
		assert.equal(trusted({ ...values, methods: ["GET"] }, SITE), false);
		assert.equal(trusted({ origin: [SITE] }, SITE), false);
		assert.equal(trusted({ origin: "*" }, SITE), false);
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
		});
		assert.deepEqual(headers.vary, ["Origin", "Access-Control-Request-Headers"]);
		assert.equal(headers["access-control-allow-origin"], SITE);
	});

	test("tells what the program allows, and then nothing of what was asked for", () => {
		const { verdict, headers } = asked(
			{ origin: [SITE], methods: ["GET", "QUERY"], allowedHeaders: ["x-a", "X-B"], maxAgeSeconds: 0 },
			{ ...preflight, "access-control-request-headers": "x-evil" },
			"OPTIONS",
		);
		assert.deepEqual(Object.fromEntries(verdict!.headers), {
			"access-control-allow-methods": "GET,QUERY",
			"access-control-allow-headers": "x-a, X-B",
			"access-control-max-age": "0",
		});
		assert.equal(headers.vary, "Origin");
	});

	test("gets back a list of names only, and no grant for a private network", () => {
		for (const wanted of ["<script>", 'x-a"', "x\u00e9", ""]) {
			const { verdict } = asked(
				{ origin: [SITE] },
				{
					...preflight,
					"access-control-request-headers": wanted,
					"access-control-request-private-network": "true",
				},
				"OPTIONS",
			);
			assert.deepEqual(
				verdict!.headers.map(([name]) => name),
				["access-control-allow-methods", "access-control-max-age"],
			);
		}
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
