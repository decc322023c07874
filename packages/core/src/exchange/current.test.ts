import assert from "node:assert/strict";
import { errorMonitor } from "node:events";
import { IncomingMessage, ServerResponse } from "node:http";
import { Socket } from "node:net";
import { describe, test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { currentExchange, enterExchange, runInExchange } from "./current.ts";
import { type Exchange, openExchange } from "./exchange.ts";
import type { Framework } from "./framework.ts";

const FRAMEWORK: Framework = {
	name: "none",
	clientAddress: () => undefined,
	isSecure: () => undefined,
	route: () => undefined,
};

function open(url = "/"): Exchange {
	const request = Object.assign(new IncomingMessage(new Socket()), { url });
	return openExchange(request, new ServerResponse(request), FRAMEWORK, request);
}

describe("the exchange in which one runs", () => {
	test("is none outside of a request", () => {
		assert.equal(currentExchange(), undefined);
	});

	test("is that of the request, and none again after it", () => {
		const exchange = open();
		runInExchange(exchange, () => assert.equal(currentExchange(), exchange));
		assert.equal(currentExchange(), undefined);
	});

	test("gets the arguments that were handed over, and lets through what is thrown", () => {
		const got: unknown[] = [];
		runInExchange(open(), (...args) => void got.push(...args), 1, "two");
		assert.deepEqual(got, [1, "two"]);
		assert.throws(
			() =>
				runInExchange(open(), () => {
					throw new Error("thrown");
				}),
			/thrown/,
		);
		assert.equal(currentExchange(), undefined);
	});

	test("follows through promises and timers", async () => {
		const exchange = open();
		const seen = await new Promise<unknown[]>((resolve) => {
			runInExchange(exchange, async () => {
				await turn();
				const afterTurn = currentExchange();
				setTimeout(() => resolve([afterTurn, currentExchange()]), 0);
			});
		});
		assert.deepEqual(
			seen.map((one) => one === exchange),
			[true, true],
		);
	});

	test("is never that of another request, however they cross", async () => {
		const crossings = await Promise.all(
			Array.from({ length: 200 }, (_, index) => {
				const exchange = open(`/${index}`);
				return new Promise<boolean>((resolve) => {
					runInExchange(exchange, async () => {
						for (let step = 0; step < 5; step++) await turn();
						resolve(currentExchange() !== exchange);
					});
				});
			}),
		);
		assert.equal(crossings.filter(Boolean).length, 0);
	});
});

describe("events that come from outside of it", () => {
	for (const [name, enter] of [
		["an adapter", (exchange: Exchange, then: () => void) => runInExchange(exchange, then)],
		[
			"the bootstrap",
			(exchange: Exchange, then: () => void) => {
				enterExchange(exchange);
				then();
			},
		],
	] as const) {
		test(`of the request's body are heard inside of it: ${name}`, async () => {
			const exchange = open();
			const heard: unknown[] = [];
			// In a turn of its own: `enterExchange` lasts for the rest of it.
			await turn().then(() =>
				enter(exchange, () => {
					exchange.request.on("data", () => heard.push(currentExchange()));
					exchange.response.on("finish", () => heard.push(currentExchange()));
				}),
			);
			setImmediate(() => {});
			await new Promise<void>((resolve) => {
				queueMicrotask(() => {
					exchange.request.emit("data", "chunk");
					exchange.response.emit("finish");
					resolve();
				});
			});
			assert.deepEqual(
				heard.map((one) => one === exchange),
				[true, true],
			);
		});
	}

	test("are heard inside of it by who only watches for errors, of which Node says that nobody hears them", () => {
		const exchange = open();
		runInExchange(exchange, () => {});
		const heard: unknown[] = [];
		exchange.request.on(errorMonitor, () => heard.push(currentExchange()));
		assert.throws(() => exchange.request.emit("error", new Error("nobody listens")), /nobody listens/);
		assert.deepEqual(
			heard.map((one) => one === exchange),
			[true],
		);
	});

	test("say whether somebody has heard them, and hand everything on", () => {
		const exchange = open();
		runInExchange(exchange, () => {});
		assert.equal(exchange.request.emit("nobody"), false);
		const got: unknown[] = [];
		exchange.request.on("data", function (this: unknown, ...args) {
			got.push(this, ...args);
		});
		assert.equal(exchange.request.emit("data", 1, 2), true);
		assert.deepEqual(got, [exchange.request, 1, 2]);
	});

	test("of the end, which Node may be the only one to hear, are inside of it for whoever else listens", () => {
		const exchange = open();
		runInExchange(exchange, () => {});
		const heard: unknown[] = [];
		exchange.request.on("end", function clearIncoming() {
			heard.push(currentExchange());
		});
		assert.equal(exchange.request.emit("end"), true);
		assert.deepEqual(heard.splice(0), [undefined]);
		const listener = (): void => void heard.push(currentExchange());
		exchange.request.on("end", listener);
		exchange.request.emit("end");
		exchange.request.removeAllListeners("end").on("end", listener);
		exchange.request.emit("end");
		assert.equal(heard.length, 3);
		assert.ok(heard.every((one) => one === exchange));
	});

	test("of one request do not reach into another one's", () => {
		const [one, other] = [open("/one"), open("/other")];
		runInExchange(one, () => {});
		runInExchange(other, () => {
			one.request.on("data", () => assert.equal(currentExchange(), one));
			one.request.emit("data", "chunk");
			assert.equal(currentExchange(), other);
		});
	});
});
