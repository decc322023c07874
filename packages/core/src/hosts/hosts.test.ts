import assert from "node:assert/strict";
import { IncomingMessage, ServerResponse } from "node:http";
import { Socket } from "node:net";
import { describe, test } from "node:test";
import { type Exchange, openExchange, type Verdict } from "../exchange/exchange.ts";
import type { Framework } from "../exchange/framework.ts";
import { ALLOWED } from "./allowed.ts";
import { HOSTS } from "./hosts.ts";

const FRAMEWORK: Framework = {
	name: "none",
	clientAddress: () => undefined,
	isSecure: () => undefined,
	route: () => undefined,
};

type Mode = "production" | "development" | "test";

function openHosts(allowed: readonly string[], mode: Mode = "production") {
	const said: string[] = [];
	const room = HOSTS.create(
		HOSTS.policy({ allowed }, { mode }),
		{ notice: (...notice: string[]) => said.push(notice.join(" | ")) } as never,
		"app",
	);
	function ask(
		host: string,
		more: Partial<Exchange> = {},
	): { status: number | undefined; exchange: Exchange } {
		const request = Object.assign(new IncomingMessage(new Socket()), { url: "/" });
		request.headers = { host };
		request.rawHeaders = ["Host", host];
		const exchange = openExchange(request, new ServerResponse(request), FRAMEWORK, request);
		Object.assign(exchange, more);
		if (more.forwardedHost !== undefined) request.headers["x-forwarded-host"] = more.forwardedHost;
		const verdict = room.enter!(exchange) as Verdict | undefined;
		return { status: verdict?.status, exchange };
	}
	return { said, ask, status: (host: string, more?: Partial<Exchange>) => ask(host, more).status };
}

describe("hosts that are served", () => {
	const table: readonly (readonly [string, readonly string[], readonly string[]])[] = [
		[
			"example.com",
			["example.com", "EXAMPLE.COM", "example.com.", "example.com:8443", "example.com:80"],
			["www.example.com", "example.com.evil.com", "evilexample.com", "example.org", "com", "localhost"],
		],
		[
			".example.com",
			["example.com", "a.example.com", "a.b.example.com:3000", "A.EXAMPLE.COM."],
			["evilexample.com", "example.com.evil.com", "com"],
		],
		["example.com:8443", ["example.com:8443"], ["example.com", "example.com:443", "example.com:844"]],
		["example.com:80", ["example.com:80", "example.com"], ["example.com:443"]],
		["127.0.0.1", ["127.0.0.1", "127.0.0.1:3000"], ["127.0.0.2", "[::1]", "[::ffff:127.0.0.1]"]],
		["[0::1]:80", ["[::1]", "[::1]:80", "[0:0:0:0:0:0:0:1]"], ["[::2]", "[::1]:81", "127.0.0.1"]],
	];
	for (const [entry, served, refused] of table) {
		test(`with ${entry}`, () => {
			const { status } = openHosts([entry]);
			for (const host of served) assert.equal(status(host), undefined, host);
			for (const host of refused) assert.equal(status(host), 421, host);
		});
	}

	test("without a port are at that of the scheme", () => {
		const { status } = openHosts(["example.com:443"]);
		assert.deepEqual(
			[status("example.com", { isSecure: true }), status("example.com", { isSecure: false })],
			[undefined, 421],
		);
	});

	test("are also this machine's own names, but not in production", () => {
		for (const host of ["localhost:3000", "127.0.0.1:3000", "[::1]:3000"]) {
			assert.equal(openHosts(["example.com"], "development").status(host), undefined);
			assert.equal(openHosts(["example.com"], "test").status(host), undefined);
			assert.equal(openHosts(["example.com"]).status(host), 421);
		}
		assert.equal(openHosts(["example.com"], "development").status("evil.com"), 421);
	});

	test("are told to the rooms behind: what a believed proxy says, else what was asked for", () => {
		const { ask } = openHosts(["example.com", "app.internal"]);
		assert.equal(ask("app.internal:3000").exchange.host?.name, "app.internal");
		const forwardedHost = "Example.com, app.internal:3000";
		assert.deepEqual(ask("app.internal", { forwardedHost }).exchange.host, {
			name: "example.com",
			port: undefined,
		});
	});
});

test("each host that a believed proxy names is judged, wherever it stands", () => {
	const { status } = openHosts(["example.com"]);
	const table: readonly (readonly [string, number | undefined])[] = [
		["example.com", undefined],
		["example.com, EXAMPLE.com:443", undefined],
		["evil.com", 421],
		["evil.com, example.com", 421],
		["example.com,evil.com", 421],
		["example.com,", 400],
		[",example.com", 400],
		["a/../evil?x", 400],
		["user@example.com", 400],
		[" ", 400],
	];
	for (const [forwardedHost, expected] of table) {
		assert.equal(status("example.com", { forwardedHost }), expected, forwardedHost);
	}
	assert.equal(status("evil.com", { forwardedHost: "example.com" }), 421, "Host is judged all the same");
});

describe("the operator hears", () => {
	test("of each refused host once, with the line to type", () => {
		const { said, status } = openHosts(["example.com"]);
		for (const host of ["app.internal", "APP.internal:3000", "app.internal."])
			assert.equal(status(host), 421);
		assert.equal(said.length, 1);
		assert.match(said[0]!, /^HOST_REFUSED \| requests for "app\.internal" \(Host\)/);
		assert.match(said[0]!, /hosts: \{ allowed: \["example\.com","app\.internal"\] \}$/);
		status("example.com", { forwardedHost: "other.internal" });
		assert.match(said[1]!, /"other\.internal" \(X-Forwarded-Host\)/);
	});

	test("of an address that health checks may ask a probe", () => {
		const { said, status } = openHosts(["example.com"]);
		status("10.0.3.7:3000");
		status("[2001:db8::7]");
		for (const line of said) assert.match(line, /probe/);
	});

	test("of the first twenty hosts of whoever makes them up, once that there are more, and then no more", () => {
		const { said, ask } = openHosts(["example.com"]);
		for (let count = 0; count < 500; count++) ask(`host-${count}.example`);
		assert.equal(said.length, 21);
		assert.match(said.at(-1)!, /still other hosts/);
		const { exchange } = ask("app.internal");
		assert.match(exchange.reason!, /^Host "app\.internal" is none of the hosts allowed$/, "its line says it");
	});

	test("nothing of what is malformed, and nobody is told it back", () => {
		const { said, ask } = openHosts(["example.com"]);
		const { status, exchange } = ask('<script>"evil');
		assert.equal(status, 400);
		assert.doesNotMatch(exchange.reason!, /evil/);
		assert.deepEqual(said, []);
	});
});

describe("a list of hosts", () => {
	test("holds hosts, and at least one", () => {
		for (const list of [["example.com"], [".example.com", "[::1]:3000", "localhost", "a_b:1"]]) {
			assert.ok(ALLOWED.accepts(list), list.join());
		}
		const refused = [
			"https://example.com",
			"example.com/",
			"*",
			"*.example.com",
			"",
			" ",
			"a b",
			".",
			".127.0.0.1",
		];
		for (const entry of [
			...refused,
			".[::1]",
			"example.com:",
			"example.com:99999",
			"bücher.example",
			"::1",
			1,
			null,
		]) {
			assert.ok(!ALLOWED.accepts([entry]), String(entry));
		}
		for (const value of [[], "example.com", new Set(["a"]), { 0: "a" }, Array(1)])
			assert.ok(!ALLOWED.accepts(value));
	});

	test("that holds something else was probably meant otherwise", () => {
		const table: readonly (readonly [unknown, string | undefined])[] = [
			["example.com", '["example.com"]'],
			[["https://example.com/path"], '["example.com"]'],
			[["https://Example.com:8443"], '["example.com:8443"]'],
			[["*.example.com", "a.example"], '[".example.com","a.example"]'],
			[["example.com/path"], '["example.com"]'],
			[["::1"], undefined],
			[["bücher.example"], '["xn--bcher-kva.example"]'],
			[["*"], undefined],
			[["*", "example.com"], '["example.com"]'],
			[[], undefined],
			[[1, null, {}, Symbol.iterator], undefined],
		];
		for (const [value, meant] of table) assert.equal(ALLOWED.meant!(value), meant, String(meant));
	});
});
