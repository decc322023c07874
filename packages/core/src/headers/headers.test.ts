import assert from "node:assert/strict";
import { IncomingMessage, ServerResponse } from "node:http";
import { Socket } from "node:net";
import { describe, test } from "node:test";
import type { Options } from "../config/options.ts";
import { resolveOptions } from "../config/resolve.ts";
import { type Exchange, openExchange } from "../exchange/exchange.ts";
import type { Framework } from "../exchange/framework.ts";
import type { Facts } from "../exchange/room.ts";
import { HEADERS, type HeadersPolicy, type HeadersValues } from "./headers.ts";

const FRAMEWORK: Framework = {
	name: "none",
	clientAddress: () => undefined,
	isSecure: () => undefined,
	route: () => undefined,
};

function policyOf(options: Options = {}, mode: Facts["mode"] = "production"): HeadersPolicy {
	const { headers } = resolveOptions(options, { NODE_ENV: mode }).rooms;
	return HEADERS.policy(headers as unknown as HeadersValues, { mode });
}

function exchangeWith(isSecure = false): Exchange {
	const request = new IncomingMessage(new Socket());
	const exchange = openExchange(request, new ServerResponse(request), FRAMEWORK, request);
	exchange.isSecure = isSecure;
	return exchange;
}

/** The headers of an answer, by their names in lower case. */
function enter(policy: HeadersPolicy, exchange: Exchange): Readonly<Record<string, unknown>> {
	const entered = HEADERS.create(policy, undefined as never, "app").enter!(exchange);
	assert.equal(entered, undefined);
	return { ...exchange.response.getHeaders() };
}

const answered = (options: Options = {}, isSecure = false, mode: Facts["mode"] = "production") =>
	enter(policyOf(options, mode), exchangeWith(isSecure));

describe("what every answer has", () => {
	test("an API allows nothing to be loaded, framed or guessed", () => {
		const headers = answered();
		assert.equal(
			headers["content-security-policy"],
			"default-src 'none';base-uri 'none';form-action 'none';frame-ancestors 'none'",
		);
		assert.equal(headers["x-frame-options"], "DENY");
		assert.equal(headers["x-content-type-options"], "nosniff");
		assert.equal(headers["referrer-policy"], "no-referrer");
		assert.match(String(headers["permissions-policy"]), /^accelerometer=\(\), .*camera=\(\), .*usb=\(\)/);
	});

	test("a page may load what is its own", () => {
		const headers = answered({ preset: "web", session: false });
		assert.match(String(headers["content-security-policy"]), /^default-src 'self';.*script-src 'self';/);
		assert.equal(headers["x-frame-options"], "DENY");
	});

	test("what tells the framework's name is gone", () => {
		const exchange = exchangeWith();
		exchange.response.setHeader("X-Powered-By", "a framework");
		assert.equal(enter(policyOf(), exchange)["x-powered-by"], undefined);
	});

	test("a header that the program has set stays", () => {
		const exchange = exchangeWith();
		exchange.response.setHeader("Content-Security-Policy", "default-src https:");
		exchange.response.setHeader("x-frame-options", "SAMEORIGIN");
		const headers = enter(policyOf(), exchange);
		assert.equal(headers["content-security-policy"], "default-src https:");
		assert.equal(headers["x-frame-options"], "SAMEORIGIN");
	});

	test("every header can be left out or changed", () => {
		const headers = answered({
			headers: {
				contentSecurityPolicy: false,
				referrerPolicy: { policy: "same-origin" },
				permissionsPolicy: false,
			},
		});
		assert.equal(headers["content-security-policy"], undefined);
		assert.equal(headers["permissions-policy"], undefined);
		assert.equal(headers["referrer-policy"], "same-origin");
		assert.equal(
			answered({ headers: { permissionsPolicy: "camera=()" } })["permissions-policy"],
			"camera=()",
		);
	});
});

describe("plain and secure connections", () => {
	test("HSTS is for https only", () => {
		assert.match(
			String(answered({}, true)["strict-transport-security"]),
			/^max-age=31536000; includeSubDomains/,
		);
		assert.equal(answered({}, false)["strict-transport-security"], undefined);
	});

	test("a developer's localhost is never pinned to https", () => {
		assert.equal(answered({}, true, "development")["strict-transport-security"], undefined);
		assert.notEqual(answered({}, true, "test")["strict-transport-security"], undefined);
	});

	test("over plain http no page is sent to an https that is not there", () => {
		assert.match(
			String(answered({ preset: "web", session: false }, true)["content-security-policy"]),
			/;upgrade-insecure-requests$/,
		);
		assert.doesNotMatch(
			String(answered({ preset: "web", session: false })["content-security-policy"]),
			/upgrade-insecure/,
		);
	});

	test("apart from those two, both have the same headers", () => {
		const { "strict-transport-security": _, ...secure } = answered({}, true);
		assert.deepEqual(answered({}, false), secure);
	});
});

describe("nonces", () => {
	const csp = (exchange: Exchange): string => String(exchange.response.getHeader("content-security-policy"));

	test("a page that asks for one may run its scripts and styles", () => {
		const exchange = exchangeWith(true);
		enter(policyOf({ preset: "web", session: false }), exchange);
		const nonce = exchange.openNonce!();
		assert.match(nonce, /^[A-Za-z0-9+/]{22}==$/);
		assert.ok(csp(exchange).includes(`script-src 'self' 'nonce-${nonce}'`), csp(exchange));
		assert.ok(csp(exchange).includes(`style-src 'self' 'nonce-${nonce}'`));
	});

	test("until one is asked for, none is allowed, and no placeholder goes out", () => {
		for (const isSecure of [true, false]) {
			const exchange = exchangeWith(isSecure);
			enter(policyOf({ preset: "web", session: false }), exchange);
			assert.doesNotMatch(csp(exchange), /nonce/);
		}
	});

	test("H106 no two are the same", () => {
		const policy = policyOf({ preset: "web", session: false });
		const nonces = Array.from({ length: 10_000 }, () => {
			const exchange = exchangeWith();
			enter(policy, exchange);
			return exchange.openNonce!();
		});
		assert.equal(new Set(nonces).size, 10_000);
	});

	test("a policy that has no place for one opens none", () => {
		const exchange = exchangeWith();
		enter(policyOf(), exchange);
		assert.equal(exchange.openNonce, undefined);
	});

	test("a directive of the program's own may have the place", () => {
		const exchange = exchangeWith();
		const directives = { "default-src": ["'self'"], "script-src": ["'nonce'", "https://cdn.example"] };
		enter(policyOf({ headers: { contentSecurityPolicy: { useDefaults: false, directives } } }), exchange);
		const nonce = exchange.openNonce!();
		assert.equal(csp(exchange), `default-src 'self';script-src 'nonce-${nonce}' https://cdn.example`);
	});

	test("after the head is out a nonce is given and nothing is thrown", () => {
		const exchange = exchangeWith();
		enter(policyOf({ preset: "web", session: false }), exchange);
		exchange.response.writeHead(200);
		assert.equal(typeof exchange.openNonce!(), "string");
	});

	test("a policy that the program has set itself is not replaced by ours", () => {
		const exchange = exchangeWith();
		exchange.response.setHeader("Content-Security-Policy", "default-src https:");
		enter(policyOf({ preset: "web", session: false }), exchange);
		exchange.openNonce?.();
		assert.equal(csp(exchange), "default-src https:");
	});
});

describe("a policy that only reports", () => {
	const reporting = { contentSecurityPolicy: { reportOnly: true } };
	const of = (options: Options): unknown => answered(options, true)["content-security-policy-report-only"];

	test("is that of the preset, but for the upgrade, which it could not do", () => {
		const api = answered({}, true)["content-security-policy"];
		assert.equal(of({ headers: reporting }), api);
		const web = String(answered({ preset: "web", session: false })["content-security-policy"]);
		assert.equal(of({ preset: "web", session: false, headers: reporting }), web);
		assert.equal(answered({ headers: reporting })["content-security-policy"], undefined);
	});

	test("with directives of its own is those, as helmet has it", () => {
		const directives = { "default-src": ["https:"] };
		const own = { contentSecurityPolicy: { reportOnly: true, useDefaults: false, directives } };
		assert.equal(of({ headers: own }), "default-src https:");
		const defaults = { contentSecurityPolicy: { reportOnly: true, useDefaults: true } } as const;
		assert.match(String(of({ headers: defaults })), /style-src 'self' https: 'unsafe-inline'/);
	});

	test("stands beside one that the program enforces", () => {
		const exchange = exchangeWith();
		exchange.response.setHeader("Content-Security-Policy", "default-src https:");
		enter(policyOf({ preset: "web", session: false, headers: reporting }), exchange);
		const nonce = exchange.openNonce!();
		const { response } = exchange;
		assert.equal(response.getHeader("content-security-policy"), "default-src https:");
		assert.ok(String(response.getHeader("content-security-policy-report-only")).includes(nonce));
	});

	test("with functions is asked for each request", () => {
		const directives = { "default-src": [() => "https://a.example"] };
		const own = { contentSecurityPolicy: { reportOnly: true, useDefaults: false, directives } };
		assert.equal(
			of({ headers: { ...own, reportTo: "/r" } }),
			"default-src https://a.example;report-uri /r;report-to csp",
		);
	});

	test("goes to a place that can be named", () => {
		for (const reportTo of ["http://a.example/r", "reports", '/a"b', "/a;b", "/a b", "//a b", ""]) {
			assert.throws(() => policyOf({ headers: { reportTo } }), /reportTo/, reportTo);
		}
		for (const reportTo of ["https://a.example/r?x=1", "/csp"]) policyOf({ headers: { reportTo } });
	});

	test("without a policy there is nothing to report", () => {
		const headers = answered({ headers: { contentSecurityPolicy: false, reportTo: "/r" } });
		assert.equal(headers["content-security-policy"], undefined);
	});
});

describe("directives that are functions", () => {
	const directives = {
		"default-src": ["'self'"],
		"img-src": [
			(_: unknown, response: unknown) => `https://${(response as { tenant?: string }).tenant}.example`,
		],
	};
	const options: Options = { headers: { contentSecurityPolicy: { useDefaults: false, directives } } };

	test("are asked at every request", () => {
		const policy = policyOf(options);
		for (const tenant of ["a", "b"]) {
			const exchange = exchangeWith();
			Object.assign(exchange.response, { tenant });
			assert.equal(
				enter(policy, exchange)["content-security-policy"],
				`default-src 'self';img-src https://${tenant}.example`,
			);
		}
	});

	test("that answer nonsense cost the page its policy and not its answer", () => {
		const bad = { "default-src": ["'self'"], "img-src": [() => "a; script-src *"] };
		const policy = policyOf({ headers: { contentSecurityPolicy: { useDefaults: false, directives: bad } } });
		const headers = enter(policy, exchangeWith());
		assert.equal(headers["content-security-policy"], undefined);
		assert.equal(headers["x-content-type-options"], "nosniff");
	});

	test("leave a policy that the program has set", () => {
		const exchange = exchangeWith();
		exchange.response.setHeader("Content-Security-Policy", "default-src https:");
		assert.equal(enter(policyOf(options), exchange)["content-security-policy"], "default-src https:");
	});
});

describe("a route with headers of its own", () => {
	const route = policyOf({
		headers: { contentSecurityPolicy: false, xFrameOptions: { action: "sameorigin" } },
	});

	test("replaces those of the app", () => {
		const exchange = exchangeWith(true);
		enter(policyOf(), exchange);
		const headers = enter(route, exchange);
		assert.equal(headers["content-security-policy"], undefined);
		assert.equal(headers["x-frame-options"], "SAMEORIGIN");
		assert.equal(headers["x-content-type-options"], "nosniff");
	});

	test("keeps what the program has set in between", () => {
		const exchange = exchangeWith();
		enter(policyOf(), exchange);
		exchange.response.setHeader("X-Frame-Options", "ALLOW-FROM https://a.example");
		assert.equal(enter(route, exchange)["x-frame-options"], "ALLOW-FROM https://a.example");
	});
});

test("a policy is frozen, all the way down", () => {
	const { plain, secure, remove } = policyOf();
	for (const part of [plain, secure, remove, plain[0], secure[0]]) assert.equal(Object.isFrozen(part), true);
});

describe("every name of helmet's reaches helmet", () => {
	const OLDER: Readonly<Record<string, string>> = {
		hsts: "strictTransportSecurity",
		noSniff: "xContentTypeOptions",
		dnsPrefetchControl: "xDnsPrefetchControl",
		ieNoOpen: "xDownloadOptions",
		frameguard: "xFrameOptions",
		permittedCrossDomainPolicies: "xPermittedCrossDomainPolicies",
		hidePoweredBy: "xPoweredBy",
		xssFilter: "xXssProtection",
	};
	const OWN = { permissionsPolicy: false, cacheControl: false, reportTo: false, clearSiteData: false };
	const names = Object.keys(HEADERS.CHECKS).filter((name) => !(name in OWN));
	const allOff = {
		...OWN,
		...Object.fromEntries(names.map((name) => [name, name in OLDER ? undefined : false])),
	};

	/** How many headers are set or taken away. */
	function effects(values: object): number {
		const { secure, remove } = HEADERS.policy(values as HeadersValues, { mode: "production" });
		return secure.length + remove.length;
	}

	for (const name of names) {
		test(name, () => {
			const others = { ...allOff, [OLDER[name] ?? name]: undefined };
			assert.equal(effects({ ...others, [name]: true }), 1);
			assert.equal(effects({ ...others, [name]: false }), 0);
		});
	}
});
