/** Which sites may read and which may act, beside plain models of the rules. */
import assert from "node:assert/strict";
import { IncomingMessage, ServerResponse } from "node:http";
import { Socket } from "node:net";
import { describe, test } from "node:test";
import fc from "fast-check";
import { CORS, type CorsValues } from "../../packages/core/src/cors/cors.ts";
import { CSRF, type CsrfValues } from "../../packages/core/src/csrf/csrf.ts";
import { type Exchange, openExchange, type Verdict } from "../../packages/core/src/exchange/exchange.ts";

const FRAMEWORK = {
	name: "none",
	clientAddress: () => undefined,
	isSecure: () => undefined,
	route: () => undefined,
};
const SURROUNDINGS = { notice: () => {} } as never;

type Headers = Readonly<Record<string, string | undefined>>;

function open(method: string, headers: Headers, more: Partial<Exchange> = {}): Exchange {
	const request = Object.assign(new IncomingMessage(new Socket()), { method });
	for (const [name, value] of Object.entries(headers)) {
		if (value !== undefined) request.headers[name] = value;
	}
	return Object.assign(openExchange(request, new ServerResponse(request), FRAMEWORK, request), more);
}

describe("whom CORS lets read", () => {
	const scheme = fc.constantFrom("http", "https");
	const host = fc.oneof(
		fc.constantFrom(
			"a.example",
			"evil-a.example",
			"a.example.evil.example",
			"b.a.example",
			"localhost",
			"[::1]",
		),
		fc.domain(),
	);
	const port = fc.constantFrom("", ":80", ":443", ":3000", ":8443");
	const parts = fc.tuple(scheme, host, port);
	const entry = parts.map((all) => [all[0], "://", all[1], all[2]].join(""));
	const mangled = fc
		.tuple(
			entry,
			fc.constantFrom(
				(text: string) => text,
				(text: string) => text.toUpperCase(),
				(text: string) => `${text}/`,
				(text: string) => `${text}.`,
				(text: string) => `${text}.evil.example`,
				(text: string) => `${text}, ${text}`,
				(text: string) => text.replace("://", "://evil"),
				(text: string) => text.replace("://", "://user@"),
				(text: string) => text.replace(/^https/, "http"),
			),
		)
		.map(([text, mangle]) => mangle(text));
	const sent = fc.oneof(mangled, fc.string(), fc.constantFrom("null", "*", "", "undefined"));

	/** Scheme, host and port, each for itself, as RFC 6454 compares them. */
	function isSame(listed: readonly [string, string, string], from: string): boolean {
		const [scheme, host, port] = listed;
		const isUsual = port === (scheme === "http" ? ":80" : ":443");
		return from.toLowerCase() === `${scheme}://${host.toLowerCase()}${isUsual ? "" : port}`;
	}

	function read(values: Partial<CorsValues>, origin: string): unknown {
		const exchange = open("GET", { origin });
		const policy = CORS.policy({ ...CORS.DEFAULTS, ...values }, { mode: "production" });
		CORS.create(policy, SURROUNDINGS, "app").enter!(exchange);
		const { vary } = exchange.response.getHeaders();
		assert.equal(vary, "Origin");
		return exchange.response.getHeader("access-control-allow-origin");
	}

	test("H103 is who stands in the list, and nobody else, whatever is sent", () => {
		fc.assert(
			fc.property(fc.array(parts, { maxLength: 4 }), sent, fc.boolean(), (listed, strange, isListed) => {
				const from = isListed && listed.length > 0 ? listed[0]!.join("") : strange;
				const origin = listed.map((all) => `${all[0]}://${all[1]}${all[2]}`);
				const expected = listed.some((all) => isSame(all, from)) ? from : undefined;
				assert.equal(read({ origin }, from), expected);
			}),
			{ numRuns: 5_000 },
		);
	});

	test("H103 is whom a function says true to, and never what is no origin", () => {
		fc.assert(
			fc.property(sent, fc.anything(), (from, answer) => {
				const got = read({ origin: (() => answer) as never }, from);
				if (answer !== true) assert.equal(got, undefined);
				if (got !== undefined) assert.match(from, /^[a-z][a-z0-9+.-]*:\/\/[^/?#@, ]+$/i);
			}),
			{ numRuns: 5_000 },
		);
	});

	test("what the check of a list takes, a browser can send", () => {
		fc.assert(
			fc.property(fc.oneof(sent, fc.webUrl()), (written) => {
				if (!CORS.CHECKS.origin.accepts([written])) return;
				const browsers = new URL(written).origin;
				assert.equal(read({ origin: [written] }, browsers), browsers);
			}),
			{ numRuns: 5_000 },
		);
	});
});

describe("who may act", () => {
	const METHODS = ["GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE", "QUERY", "PURGE"];
	const SITES = [
		undefined,
		"",
		"same-origin",
		"none",
		"same-site",
		"cross-site",
		"Same-Origin",
		"same-origin, none",
		"x",
	];
	const HOSTS = [
		"app.example.com",
		"APP.example.com:443",
		"app.example.com:80",
		"app.example.com:8443",
		"10.0.0.1:3000",
	];
	const ORIGINS = [
		undefined,
		"",
		"null",
		"https://app.example.com",
		"http://app.example.com",
		"https://app.example.com:8443",
		"https://trusted.example",
		"HTTPS://Trusted.example",
		"https://trusted.example.evil.example",
		"https://evil.example",
		"app.example.com",
		"https://app.example.com/",
		"https://evil.example@app.example.com",
	];
	const CREDENTIALS: readonly Headers[] = [
		{},
		{ cookie: "sid=1" },
		{ cookie: "" },
		{ authorization: "Bearer token" },
		{ authorization: "Basic dTpw" },
		{ authorization: "negotiate YII" },
		{ authorization: "Basically nothing" },
		{ authorization: "Bearer token", cookie: "sid=1" },
	];
	const KINDS: readonly Headers[] = [
		{},
		{ "content-type": "application/json" },
		{ "content-type": "Text/Plain;charset=utf-8" },
		{ "content-type": "application/x-www-form-urlencoded", "sec-fetch-mode": "cors" },
		{ "content-type": "multipart/form-data; boundary=x" },
		{ "content-type": "application/json", "sec-fetch-mode": "navigate" },
	];

	/** The rules, by the URL class and in another order. */
	function isRefused(method: string, headers: Headers, isSecure: boolean, isTrusted: boolean): boolean {
		const { origin, host, cookie, authorization = "" } = headers;
		const site = headers["sec-fetch-site"] || undefined;
		const mode = headers["sec-fetch-mode"];
		if (isTrusted || origin?.toLowerCase() === "https://trusted.example") return false;
		const brings = cookie
			? true
			: ["basic", "negotiate"].includes(authorization.split(" ", 1)[0]!.toLowerCase());
		const [type = ""] = (headers["content-type"] ?? "").toLowerCase().split(";", 1);
		const couldBeForm = ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data"].includes(
			type,
		);
		if (!brings && !(mode === undefined ? couldBeForm : mode === "navigate")) return false;
		if (["GET", "HEAD", "OPTIONS"].includes(method)) return false;
		if (site !== undefined) return !["same-origin", "none"].includes(site);
		if (!origin) return false;
		if (!URL.canParse(origin) || new URL(origin).origin !== origin) return true;
		const { protocol, host: own } = new URL(origin);
		if (protocol === "http:" && isSecure) return true;
		return new URL(`${protocol}//${host}`).host !== own;
	}

	const guard = CSRF.create(
		CSRF.policy({ ...CSRF.DEFAULTS, trustedOrigins: ["https://trusted.example"] } satisfies CsrfValues, {
			mode: "production",
		}),
		SURROUNDINGS,
		"app",
	);

	test("X4 in every combination of method, Sec-Fetch-Site, Origin, Host, credentials and body", () => {
		let count = 0;
		let refusals = 0;
		for (const method of METHODS) {
			for (const site of SITES)
				for (const origin of ORIGINS)
					for (const host of HOSTS)
						for (const credentials of CREDENTIALS)
							for (const kind of KINDS)
								for (const isSecure of [true, false]) {
									const isTrustedSite = count++ % 17 === 0;
									const headers = { "sec-fetch-site": site, origin, host, ...credentials, ...kind };
									const verdict = guard.enter!(open(method, headers, { isSecure, isTrustedSite }));
									const expected = isRefused(method, headers, isSecure, isTrustedSite) ? 403 : undefined;
									if (expected !== undefined) refusals++;
									const status = (verdict as Verdict | undefined)?.status;
									if (status !== expected) {
										assert.fail(
											`${method} ${JSON.stringify({ headers, isSecure })}: ${status}, not ${expected}`,
										);
									}
								}
		}
		assert.ok(count > 400_000 && refusals > 100_000, `${refusals} of ${count}`);
	});

	test("X4 whatever is sent, it is answered, and never without a word of the browser against it", () => {
		const header = fc.option(fc.string(), { nil: undefined });
		const names = [
			"sec-fetch-site",
			"sec-fetch-mode",
			"origin",
			"host",
			"cookie",
			"authorization",
			"content-type",
		];
		fc.assert(
			fc.property(fc.string(), fc.array(header, { minLength: 7, maxLength: 7 }), (method, values) => {
				const headers = Object.fromEntries(names.map((name, index) => [name, values[index]]));
				const verdict = guard.enter!(open(method, headers)) as Verdict | undefined;
				if (verdict !== undefined) assert.ok(headers["sec-fetch-site"] || headers.origin);
			}),
			{ numRuns: 3_000 },
		);
	});
});
