import assert from "node:assert/strict";
import { IncomingMessage } from "node:http";
import { Socket } from "node:net";
import { describe, test } from "node:test";
import { type AskedHost, askedHost, parseHost, pathOf } from "./host.ts";

describe("a host", () => {
	const table: readonly (readonly [string, string | undefined, number?])[] = [
		["example.com", "example.com"],
		["EXAMPLE.com:8443", "example.com", 8443],
		["example.com.", "example.com"],
		["localhost:3000", "localhost", 3000],
		["127.0.0.1:80", "127.0.0.1", 80],
		["[::1]", "[::1]"],
		["[0:0::0001]:443", "[::1]", 443],
		["[::ffff:127.0.0.1]", "[::ffff:7f00:1]"],
		["my_service", "my_service"],
		["", undefined],
		[".", undefined],
		[".example.com", undefined],
		["a..b", undefined],
		["example.com..", undefined],
		["example.com:", undefined],
		["example.com:0", undefined],
		["example.com:080", undefined],
		["example.com:65536", undefined],
		["example.com:80:80", undefined],
		["example.com:8x", undefined],
		["a/../evil?x", undefined],
		["example.com/", undefined],
		["example.com#", undefined],
		["user@example.com", undefined],
		["user:pass@example.com", undefined],
		[" example.com", undefined],
		["example.com\t", undefined],
		["example.com\n", undefined],
		["exa mple.com", undefined],
		["example.com, evil.com", undefined],
		["%65xample.com", undefined],
		["ex\\ample.com", undefined],
		["bücher.example", undefined],
		["ſ.example", undefined],
		["\u212a.example", undefined],
		["*.example.com", undefined],
		["0x7f.1", undefined],
		["127.1", undefined],
		["2130706433", undefined],
		["1.2.3.4.5", undefined],
		["example.123", undefined],
		["::1", undefined],
		["[::1", undefined],
		["[::1]evil", undefined],
		["[fe80::1%eth0]", undefined],
		["[v1.a]", undefined],
		["[]", undefined],
		["a".repeat(254), undefined],
	];
	for (const [written, name, port] of table) {
		test(`${JSON.stringify(written.slice(0, 40))} is ${name ?? "none"}`, () => {
			assert.deepEqual(parseHost(written), name === undefined ? undefined : { name, port });
		});
	}

	test("is read in no time, however long it is", () => {
		for (const piece of ["a", "a.", "-", ".", ":", "[", "1."]) {
			assert.equal(parseHost(`${piece.repeat(100_000)}!`), undefined);
		}
	});
});

describe("the host that a request asks for", () => {
	const example = { name: "example.com", port: undefined };
	const table: readonly (readonly [string, Record<string, string>, string, AskedHost])[] = [
		["Host alone", { host: "example.com" }, "/", example],
		["nothing", {}, "/", "none"],
		["an empty Host", { host: "" }, "/", "none"],
		[":authority alone", { ":authority": "example.com" }, "/", example],
		["both, and they agree", { host: "example.com", ":authority": "EXAMPLE.com." }, "/", example],
		["both, and they do not", { host: "example.com", ":authority": "evil.com" }, "/", "malformed"],
		["a target that agrees", { host: "example.com" }, "http://example.com/a", example],
		["a target that does not", { host: "example.com" }, "http://evil.com/", "malformed"],
		["a target alone", {}, "HTTPS://example.com?x", example],
		["a target with a user", { host: "example.com" }, "http://u@example.com/", "malformed"],
		["a target without a host", { host: "example.com" }, "http:///a", "malformed"],
		["a target of another scheme", { host: "example.com" }, "ftp://example.com/", "malformed"],
		["a target that is no URL", { host: "example.com" }, "example.com", "malformed"],
		["a question about the server", { host: "example.com" }, "*", example],
		["another port", { host: "example.com:8080" }, "http://example.com/", "malformed"],
		["two other ports", { host: "example.com:80" }, "https://example.com:443/", "malformed"],
		["a port left out", { host: "example.com:80" }, "http://example.com/", example],
		[
			"a port left out of Host",
			{ host: "example.com" },
			"https://example.com:443/",
			{ ...example, port: 443 },
		],
	];
	for (const [what, headers, target, expected] of table) {
		test(`with ${what} is ${typeof expected === "string" ? expected : "that one"}`, () => {
			const request = new IncomingMessage(new Socket());
			request.headers = headers;
			request.rawHeaders = Object.entries(headers).flat();
			assert.deepEqual(askedHost(request, target), expected);
		});
	}

	test("named twice is none, though Node shows the first", () => {
		const request = new IncomingMessage(new Socket());
		request.headers = { host: "example.com" };
		request.rawHeaders = ["Accept", "*/*", "Host", "example.com", "hOST", "example.com"];
		assert.equal(askedHost(request, "/"), "malformed");
	});
});

test("the path of a target is what follows its host", () => {
	const table = {
		"/a?b": "/a?b",
		"//evil": "//evil",
		"http://h": "/",
		"http://h?x": "/?x",
		"https://h//e": "//e",
	};
	for (const [target, path] of Object.entries(table)) assert.equal(pathOf(target), path);
	for (const target of ["*", "", "evil.com", "ftp://h/"]) assert.equal(pathOf(target), undefined);
});
