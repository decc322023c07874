import assert from "node:assert/strict";
import { IncomingMessage, ServerResponse } from "node:http";
import { Socket } from "node:net";
import { describe, test } from "node:test";
import { type Exchange, openExchange, type RequestContext } from "../exchange/exchange.ts";
import type { Framework } from "../exchange/framework.ts";
import type { Surroundings } from "../exchange/room.ts";
import { REQUEST_ID, type RequestIdValues } from "./context.ts";

const FRAMEWORK: Framework = {
	name: "none",
	clientAddress: () => undefined,
	isSecure: () => undefined,
	route: () => undefined,
};

/** A surrounding whose logger remembers the bindings of its children. */
function surroundings(): Surroundings & { readonly children: object[]; readonly started: unknown[] } {
	const children: object[] = [];
	const started: unknown[] = [];
	const log = {
		child(bindings: object) {
			children.push(bindings);
			return log;
		},
	};
	return { log, children, started, start: (engine: unknown) => started.push(engine) } as never;
}

function exchangeWith(headers: Record<string, string> = {}): Exchange {
	const request = new IncomingMessage(new Socket());
	request.headers = headers;
	return openExchange(request, new ServerResponse(request), FRAMEWORK, request);
}

function entered(
	headers: Record<string, string> = {},
	values: Partial<RequestIdValues> = {},
	around = surroundings(),
): Exchange & { context: RequestContext } {
	const exchange = exchangeWith(headers);
	const policy = REQUEST_ID.policy({ ...REQUEST_ID.DEFAULTS, ...values }, { mode: "production" });
	assert.equal(REQUEST_ID.create(policy, around, "app").enter!(exchange), undefined);
	assert.ok(exchange.context !== undefined);
	return exchange as Exchange & { context: RequestContext };
}

describe("a request's id", () => {
	test("comes in and goes out by the same header", () => {
		const exchange = entered({ "x-request-id": "abc" });
		assert.equal(exchange.requestId, "abc");
		assert.equal(exchange.response.getHeader("x-request-id"), "abc");
		assert.equal(exchange.context.requestId, "abc");
	});

	test("is made where none comes in, and is the one that goes out", () => {
		const { requestId, response } = entered();
		assert.match(requestId, /^[0-9a-f-]{36}$/);
		assert.equal(response.getHeader("x-request-id"), requestId);
	});

	test("may go by another header", () => {
		const exchange = entered({ "x-trace": "abc", "x-request-id": "other" }, { header: "x-trace" });
		assert.deepEqual([exchange.requestId, exchange.response.getHeader("x-trace")], ["abc", "abc"]);
		assert.equal(exchange.response.getHeader("x-request-id"), undefined);
	});

	test("that is there already is kept", () => {
		const exchange = exchangeWith({ "x-request-id": "from-outside" });
		exchange.requestId = "from-the-framework";
		REQUEST_ID.create(REQUEST_ID.DEFAULTS, surroundings(), "app").enter!(exchange);
		assert.equal(exchange.requestId, "from-the-framework");
	});
});

describe("a request's context", () => {
	test("has the platform's id, the trace and the lines of this request", () => {
		const around = surroundings();
		const { context } = entered(
			{
				"x-request-id": "abc",
				"cf-ray": "ray",
				traceparent: "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
			},
			{},
			around,
		);
		assert.equal(context.upstreamId, "ray");
		assert.equal(context.trace.traceId, "4bf92f3577b34da6a3ce929d0e0e4736");
		void context.log;
		assert.deepEqual(around.children, [{ requestId: "abc" }]);
	});

	test("makes a part when it is first asked for, and then keeps it", () => {
		const around = surroundings();
		const { context } = entered({}, {}, around);
		assert.equal(around.children.length, 0);
		assert.equal(context.trace, context.trace);
		assert.equal(context.log, context.log);
		assert.equal(context.signal, context.signal);
		assert.equal(around.children.length, 1);
	});

	test("aborts its signal when the client goes away, and not when it was answered", () => {
		for (const [isAnswered, isAborted] of [
			[false, true],
			[true, false],
		] as const) {
			const { context, response } = entered();
			const { signal } = context;
			Object.defineProperty(response, "writableFinished", { value: isAnswered });
			response.emit("close");
			assert.equal(signal.aborted, isAborted);
		}
	});

	test("that is asked for its signal too late has one that is aborted", () => {
		const { context, response } = entered();
		response.destroy();
		assert.equal(context.signal.aborted, true);
	});
});

describe("the engine that hands ids on", () => {
	test("is started for hosts that may learn them, and not without", () => {
		const [nobody, somebody] = [surroundings(), surroundings()];
		entered({}, {}, nobody);
		entered({}, { propagateTo: ["*.internal"] }, somebody);
		assert.deepEqual([nobody.started.length, somebody.started.length], [0, 1]);
	});
});
