import assert from "node:assert/strict";
import { IncomingMessage, ServerResponse } from "node:http";
import { Socket } from "node:net";
import { describe, test } from "node:test";
import { type Exchange, openExchange } from "../exchange/exchange.ts";
import type { Framework } from "../exchange/framework.ts";
import type { OnError } from "../exchange/on-error.ts";
import { errorVerdict } from "./client-errors.ts";

const FRAMEWORK: Framework = {
	name: "none",
	clientAddress: () => undefined,
	isSecure: () => undefined,
	route: () => undefined,
};

/** An exchange with an error tracker, and what its log was told. */
function exchangeWith(onError?: OnError): Exchange & { readonly logged: object[] } {
	const request = Object.assign(new IncomingMessage(new Socket()), {
		method: "PUT",
		url: "/users/1?token=abc",
	});
	const exchange = openExchange(request, new ServerResponse(request), FRAMEWORK, request);
	const logged: object[] = [];
	const log = { error: (line: object) => logged.push(line) };
	return Object.assign(exchange, { requestId: "abc", onError, context: { log } as never, logged });
}

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe("the status of an error that reached a framework", () => {
	const table: readonly (readonly [string, unknown, currentStatus: number, expected: number])[] = [
		["what its thrower meant", { statusCode: 404 }, 200, 404],
		["what its thrower meant, over what was set", { statusCode: 404 }, 503, 404],
		["what the program had set before", new Error("x"), 403, 403],
		["500 where nobody meant anything", new Error("x"), 200, 500],
		["500 where what was set is no error", new Error("x"), 302, 500],
		["500 where what was meant is no error", { status: 200 }, 200, 500],
	];
	for (const [name, error, currentStatus, expected] of table) {
		test(`${name}: ${expected}`, () => {
			const { status, body } = errorVerdict(exchangeWith(), error, currentStatus);
			assert.deepEqual(
				[status, JSON.parse(body).status, JSON.parse(body).requestId],
				[expected, expected, "abc"],
			);
		});
	}

	test("the error is kept for the request's line", () => {
		const exchange = exchangeWith();
		const error = new Error("x");
		errorVerdict(exchange, error, 200);
		assert.equal(exchange.error, error);
	});
});

describe("an error tracker", () => {
	test("hears of an error of ours, with the request it belongs to and without its query", () => {
		const heard: unknown[] = [];
		const error = new Error("x");
		errorVerdict(
			exchangeWith((...args) => heard.push(args)),
			error,
			200,
		);
		assert.deepEqual(heard, [[error, { requestId: "abc", method: "PUT", path: "/users/1", status: 500 }]]);
	});

	test("does not hear of the clients' errors", () => {
		const heard: unknown[] = [];
		for (const statusCode of [400, 404, 499]) {
			errorVerdict(
				exchangeWith((error) => heard.push(error)),
				{ statusCode },
				200,
			);
		}
		assert.deepEqual(heard, []);
	});

	const failing: Readonly<Record<string, OnError>> = {
		"that throws": () => {
			throw new Error("tracker is down");
		},
		"that rejects": async () => {
			throw new Error("tracker is down");
		},
		"that throws nothing": () => {
			throw undefined;
		},
	};
	for (const [name, onError] of Object.entries(failing)) {
		test(`${name} costs a line and neither the answer nor the process`, async () => {
			const exchange = exchangeWith(onError);
			assert.equal(errorVerdict(exchange, new Error("x"), 200).status, 500);
			await settled();
			assert.equal(exchange.logged.length, 1);
		});
	}
});
