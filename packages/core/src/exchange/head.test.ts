import assert from "node:assert/strict";
import { IncomingMessage, ServerResponse } from "node:http";
import { Socket } from "node:net";
import { describe, test } from "node:test";
import { type Exchange, type OnHead, openExchange } from "./exchange.ts";
import type { Framework } from "./framework.ts";
import { leavingHeader, setGiven, watchHead } from "./head.ts";

const FRAMEWORK: Framework = {
	name: "none",
	clientAddress: () => undefined,
	isSecure: () => undefined,
	route: () => undefined,
};

function open(): Exchange {
	const request = new IncomingMessage(new Socket());
	return openExchange(request, new ServerResponse(request), FRAMEWORK, request);
}

/** An exchange whose head is watched, and how often it was seen. */
function watched(onHead: OnHead = () => {}): { exchange: Exchange; seen: () => number } {
	const exchange = open();
	let count = 0;
	watchHead(exchange, (...args) => {
		count++;
		onHead(...args);
	});
	return { exchange, seen: () => count };
}

describe("the head of an answer is seen as it leaves", () => {
	const WAYS: Readonly<Record<string, (response: ServerResponse) => unknown>> = {
		end: (response) => response.end("x"),
		write: (response) => response.write("x"),
		flushHeaders: (response) => response.flushHeaders(),
		writeHead: (response) => response.writeHead(200),
		"writeHead with headers": (response) => response.writeHead(200, { a: "b" }),
	};
	for (const [name, write] of Object.entries(WAYS)) {
		test(`by ${name}, once`, () => {
			const { exchange, seen } = watched(({ response }) => response.setHeader("x-late", "there"));
			write(exchange.response);
			exchange.response.end();
			assert.equal(seen(), 1);
			assert.equal(exchange.response.getHeader("x-late"), "there");
		});
	}

	test("the last one to watch is the one who sees", () => {
		const { exchange, seen } = watched();
		let late = 0;
		watchHead(exchange, () => late++);
		exchange.response.end();
		assert.deepEqual([seen(), late], [0, 1]);
	});

	test("who puts something around it, before or after, is called too, and once", () => {
		const calls: string[] = [];
		const exchange = open();
		const wrap = (name: string): void => {
			const { response } = exchange;
			const { writeHead } = response;
			response.writeHead = ((...args: unknown[]) => {
				calls.push(name);
				return (writeHead as (...args: unknown[]) => unknown).apply(response, args);
			}) as typeof writeHead;
		};
		wrap("before");
		watchHead(exchange, () => calls.push("ours"));
		wrap("after");
		watchHead(exchange, () => calls.push("route's"));
		exchange.response.end();
		assert.deepEqual(calls, ["after", "route's", "before"]);
	});

	test("a head that is out already is Node's to complain of", () => {
		const { exchange, seen } = watched();
		exchange.response.writeHead(200);
		assert.throws(() => exchange.response.writeHead(200), { code: "ERR_HTTP_HEADERS_SENT" });
		assert.equal(seen(), 1);
	});
});

describe("a header as it will leave", () => {
	const CASES: readonly (readonly [args: readonly unknown[], expected: unknown])[] = [
		[[200], "set"],
		[[200, "fine"], "set"],
		[[200, undefined, { "X-One": "given" }], "given"],
		[[200, { "X-One": "given" }], "given"],
		[[200, { "x-two": "other" }], "set"],
		[[200, { "x-one": "passed over" }, { "x-one": "given" }], "given"],
		[[200, "fine", { "x-one": "given" }], "given"],
		[[200, ["X-Two", "x-one", "x-one", "given"]], "given"],
		[[200, ["x-two", "x-one"]], "set"],
		[[200, [["X-One", "given"]]], "given"],
		[[200, []], "set"],
		[[200, null], "set"],
	];
	for (const [args, expected] of CASES) {
		test(`of ${JSON.stringify(args)} is what was ${expected}`, () => {
			const { response } = open();
			response.setHeader("X-One", "set");
			assert.equal(leavingHeader(response, args, "x-one"), expected);
		});
	}
});

describe("what writeHead was given is set on the response, so that a cookie can be added", () => {
	const TWO = ["b=2", "c=3"];
	const CASES: readonly (readonly [args: readonly unknown[], left: readonly unknown[], cookies: unknown])[] =
		[
			[[200], [200], "a=1"],
			[[200, "fine"], [200, "fine"], "a=1"],
			[[200, undefined, { "Set-Cookie": TWO }], [200], TWO],
			[[200, { "set-cookie": TWO }], [200], TWO],
			[[200, "fine", { "set-cookie": TWO }], [200, "fine"], TWO],
			[[200, ["set-cookie", "b=2", "Set-Cookie", "c=3"]], [200], TWO],
			[[200, "fine", [["set-cookie", TWO]]], [200, "fine"], TWO],
			[[200, ["set-cookie"]], [200, ["set-cookie"]], "a=1"],
			[[200, []], [200], "a=1"],
			[[200, null], [200, null], "a=1"],
		];
	for (const [args, left, cookies] of CASES) {
		test(JSON.stringify(args), () => {
			const { response } = open();
			response.setHeader("Set-Cookie", "a=1");
			assert.deepEqual(setGiven(response, args), left);
			assert.deepEqual(response.getHeader("set-cookie"), cookies);
		});
	}
});
