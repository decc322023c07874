import assert from "node:assert/strict";
import { IncomingMessage, ServerResponse } from "node:http";
import { Socket } from "node:net";
import { describe, test } from "node:test";
import { type Exchange, openExchange, type Verdict } from "../exchange/exchange.ts";
import type { Framework } from "../exchange/framework.ts";
import { HTTPS, type HttpsValues } from "./https.ts";

const FRAMEWORK: Framework = {
	name: "none",
	clientAddress: () => undefined,
	isSecure: () => undefined,
	route: () => undefined,
};

interface Asked {
	readonly host?: string;
	readonly target?: string;
	readonly method?: string;
	readonly exchange?: Partial<Exchange>;
}

function openHttps(values: Partial<HttpsValues> = {}, mode: "production" | "development" = "production") {
	const said: string[] = [];
	const room = HTTPS.create(
		HTTPS.policy({ ...HTTPS.DEFAULTS, ...values }, { mode }),
		{ notice: (...notice: string[]) => said.push(notice.join(" | ")) } as never,
		"app",
	);
	/** The location, or the status of another answer; nothing where the request goes on. */
	function ask({ host = "example.com", target = "/", method = "GET", exchange: more }: Asked = {}) {
		const request = Object.assign(new IncomingMessage(new Socket()), { url: target, method });
		request.headers = host === "" ? {} : { host };
		request.rawHeaders = Object.entries(request.headers).flat() as string[];
		const exchange = openExchange(request, new ServerResponse(request), FRAMEWORK, request);
		Object.assign(exchange, more);
		const verdict = room.enter?.(exchange) as Verdict | undefined;
		if (verdict?.status !== 308) return verdict?.status;
		assert.equal(new Map(verdict.headers).get("cache-control"), "no-store");
		return new Map(verdict.headers).get("location");
	}
	return { ask, said };
}

describe("who came by http", () => {
	test("is sent to the same address over https, at its usual port", () => {
		const { ask } = openHttps();
		const table: readonly (readonly [Asked, string])[] = [
			[{}, "https://example.com/"],
			[{ host: "EXAMPLE.com:8080", target: "/a?b=c&d" }, "https://example.com/a?b=c&d"],
			[{ host: "[::1]:3000" }, "https://[::1]/"],
			[{ target: "//evil.com/a" }, "https://example.com//evil.com/a"],
			[{ target: "/\\evil.com" }, "https://example.com/%5Cevil.com"],
			[{ target: "http://example.com/a" }, "https://example.com/a"],
			[{ target: "http://example.com" }, "https://example.com/"],
			[{ target: "/a\r\nset-cookie: x=y" }, "https://example.com/a%0D%0Aset-cookie:%20x=y"],
			[{ method: "POST", target: "/a" }, "https://example.com/a"],
		];
		for (const [asked, location] of table) assert.equal(ask(asked), location);
	});

	test("is sent to the host that was set, whatever it asked for", () => {
		const { ask } = openHttps({ host: "example.com:8443" });
		assert.equal(ask({ host: "app.internal:3000", target: "/a" }), "https://example.com:8443/a");
		assert.equal(ask({ host: "", target: "/a" }), "https://example.com:8443/a");
	});

	test("is sent to the host that was found to be served", () => {
		const { ask } = openHttps();
		const host = { name: "example.com", port: 80 };
		assert.equal(ask({ host: "app.internal", exchange: { host } }), "https://example.com/");
		const exchange = { forwardedHost: "evil.com" };
		assert.equal(
			ask({ host: "example.org", exchange }),
			"https://example.org/",
			"what nobody has judged is not used",
		);
	});

	test("and asks for no host, or one that is none, gets 400 and no address", () => {
		const { ask } = openHttps();
		for (const host of ["", "a/../evil?x", "u@example.com", "example.com:99999"])
			assert.equal(ask({ host }), 400, host);
		assert.equal(ask({ target: "http://evil.com/" }), 400);
	});

	test("and asks about the server is refused: there is no address to send it to", () => {
		assert.equal(openHttps().ask({ method: "OPTIONS", target: "*" }), 403);
	});

	test("goes on where https is not asked for, and who came by https always", () => {
		assert.equal(openHttps({ redirect: false }).ask(), undefined);
		assert.equal(openHttps().ask({ exchange: { isSecure: true } }), undefined);
		assert.equal(openHttps().ask({ host: "a/../evil", exchange: { isSecure: true } }), undefined);
	});

	test("to a developer's own machine goes on", () => {
		const { ask } = openHttps({}, "development");
		for (const host of ["localhost:3000", "127.0.0.1", "[::1]:3000"]) assert.equal(ask({ host }), undefined);
		assert.equal(ask({ host: "example.com" }), "https://example.com/");
		assert.equal(openHttps().ask({ host: "localhost" }), "https://localhost/");
	});
});

test("with get-and-head, what may carry a body is refused and not sent on", () => {
	const { ask } = openHttps({ redirect: "get-and-head" });
	for (const method of ["GET", "HEAD"]) assert.equal(ask({ method }), "https://example.com/");
	for (const method of ["POST", "PUT", "DELETE", "OPTIONS"]) assert.equal(ask({ method }), 403);
});

describe("nobody goes round for ever", () => {
	test("behind what looks like a proxy that nobody named: it is answered, and said what to set", () => {
		const { ask, said } = openHttps();
		assert.equal(ask({ exchange: { schemeDoubt: "unexplained" } }), undefined);
		assert.match(said.join(), /^FORWARDED_UNEXPLAINED .*TRUST_PROXY=1.*TRUST_PROXY=none/);
	});

	test("behind a proxy that cannot be named", () => {
		const { ask, said } = openHttps();
		assert.equal(ask({ exchange: { schemeDoubt: "unnamable" } }), undefined);
		assert.match(said.join(), /^FORWARDED_UNEXPLAINED .*127\.0\.0\.1/);
	});

	test("without a word of where it could come from", () => {
		for (const schemeDoubt of ["untold", "unbelieved"] as const) {
			const { ask, said } = openHttps();
			assert.equal(ask({ exchange: { schemeDoubt } }), "https://example.com/");
			assert.match(said.join(), /^HTTPS_LOOP .*(X-Forwarded-Proto \$scheme|TRUST_PROXY=1)/);
		}
		const { ask, said } = openHttps();
		ask();
		assert.deepEqual(said, []);
	});
});
