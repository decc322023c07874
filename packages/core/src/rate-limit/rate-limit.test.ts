import assert from "node:assert/strict";
import { IncomingMessage, ServerResponse } from "node:http";
import { Socket } from "node:net";
import { describe, test } from "node:test";
import { type Exchange, openExchange, type Verdict } from "../exchange/exchange.ts";
import type { Framework } from "../exchange/framework.ts";
import type { Place } from "../exchange/room.ts";
import { RATE_LIMIT, type RateLimitValues } from "./rate-limit.ts";

const ADDRESS = "203.0.113.7";

/** A limiter, and the codes of what it has said. */
function limiter(values: Partial<RateLimitValues> = {}, place: Place = "app") {
	const notices: string[] = [];
	const surroundings = { notice: (code: string) => notices.push(code), redis: () => undefined } as never;
	const policy = RATE_LIMIT.policy({ ...RATE_LIMIT.DEFAULTS, ...values }, { mode: "production" });
	const room = RATE_LIMIT.create(policy, surroundings, place);
	return { notices, enter: (exchange: Exchange) => room.enter!(exchange) as Verdict | undefined };
}

function exchangeFrom(clientAddress = ADDRESS, url = "/", framework: Partial<Framework> = {}): Exchange {
	const request = Object.assign(new IncomingMessage(new Socket()), { url });
	const whole: Framework = {
		name: "none",
		clientAddress: () => undefined,
		isSecure: () => undefined,
		route: () => undefined,
		...framework,
	};
	const exchange = openExchange(request, new ServerResponse(request), whole, request);
	exchange.clientAddress = clientAddress;
	exchange.requestId = "abc";
	return exchange;
}

/** Statuses of so many requests; `ok` for those that went on. */
function statuses(
	enter: (exchange: Exchange) => Verdict | undefined,
	times: number,
	address = ADDRESS,
): unknown[] {
	return Array.from({ length: times }, () => enter(exchangeFrom(address))?.status ?? "ok");
}

describe("the limit", () => {
	test("is what it says, to the request", () => {
		assert.deepEqual(statuses(limiter({ limit: 3 }).enter, 5), ["ok", "ok", "ok", 429, 429]);
	});

	test("is for each client", () => {
		const { enter } = limiter({ limit: 1 });
		assert.deepEqual(
			[
				statuses(enter, 2, "203.0.113.7"),
				statuses(enter, 1, "203.0.113.8"),
				statuses(enter, 1, "2001:db8::1"),
			].flat(),
			["ok", 429, "ok", "ok"],
		);
	});

	test("is one for a household's whole IPv6 network", () => {
		const { enter } = limiter({ limit: 1 });
		assert.deepEqual(
			[
				statuses(enter, 1, "2001:db8::1"),
				statuses(enter, 1, "2001:db8:0:1::ffff"),
				statuses(enter, 1, "2001:db8:0:100::1"),
			].flat(),
			["ok", 429, "ok"],
		);
	});

	test("may go by a key of the program's", () => {
		const { enter } = limiter({ limit: 1, key: (request: IncomingMessage) => request.url ?? "" });
		const of = (url: string) => enter(exchangeFrom(ADDRESS, url))?.status ?? "ok";
		assert.deepEqual([of("/a"), of("/b"), of("/a")], ["ok", "ok", 429]);
	});

	test("does not count what is skipped", () => {
		const { enter } = limiter({ limit: 1, skip: (request: IncomingMessage) => request.url === "/static" });
		const of = (url: string) => enter(exchangeFrom(ADDRESS, url))?.status ?? "ok";
		assert.deepEqual(
			[of("/static"), of("/static"), of("/"), of("/static"), of("/")],
			["ok", "ok", "ok", "ok", 429],
		);
	});

	test("of two apps are two", () => {
		const [one, other] = [limiter({ limit: 1 }), limiter({ limit: 1 })];
		assert.deepEqual([statuses(one.enter, 2), statuses(other.enter, 1)].flat(), ["ok", 429, "ok"]);
	});
});

describe("a request for which the program has no key", () => {
	const key = ((request: IncomingMessage) => request.headers["x-api-key"]) as RateLimitValues["key"];

	const keyed = (apiKey: string): Exchange => {
		const exchange = exchangeFrom("203.0.113.9");
		exchange.request.headers["x-api-key"] = apiKey;
		return exchange;
	};

	test("counts by its address", () => {
		const { enter } = limiter({ limit: 1, key });
		assert.deepEqual([statuses(enter, 2, "203.0.113.7"), statuses(enter, 1, "203.0.113.8")].flat(), [
			"ok",
			429,
			"ok",
		]);
	});

	test("also where the key is no text, such as a promise", () => {
		const { enter } = limiter({ limit: 1, key: (async () => "a") as never });
		assert.deepEqual(statuses(enter, 2), ["ok", 429]);
	});

	test("is not refused while the address may be that of a proxy", () => {
		const { enter, notices } = limiter({ limit: 1, key });
		const entered = [1, 2].map(() =>
			enter(Object.assign(exchangeFrom("10.0.0.1"), { isAddressDoubtful: true })),
		);
		assert.deepEqual(entered, [undefined, undefined]);
		assert.deepEqual(notices, ["FORWARDED_UNEXPLAINED"]);
	});

	test("where it is one of a list, does not count by the others as if they were that one", () => {
		const lists = [["ada", "10.0.0.1"], ["", "10.0.0.1"], ["10.0.0.1"]];
		const { enter } = limiter({ limit: 1, key: (() => lists.shift()) as never });
		assert.deepEqual(statuses(enter, 3), ["ok", 429, "ok"]);
	});

	test("does not share a bucket with a key that reads like its address", () => {
		const { enter } = limiter({ limit: 1, key });
		for (const _ of [1, 2, 3]) enter(keyed("203.0.113.7"));
		assert.deepEqual(statuses(enter, 1, "203.0.113.7"), ["ok"]);
	});
});

describe("what a client is told", () => {
	test("how much is left, in the words of the IETF draft", () => {
		const { enter } = limiter({ limit: 3, windowMs: 60_000 });
		const exchange = exchangeFrom();
		enter(exchange);
		assert.equal(exchange.response.getHeader("RateLimit-Policy"), '"default";q=3;w=60');
		assert.match(String(exchange.response.getHeader("RateLimit")), /^"default";r=2;t=(60|59)$/);
	});

	test("when it may come again, in a problem with the request's id", () => {
		const { enter } = limiter({ limit: 1 });
		enter(exchangeFrom());
		const verdict = enter(exchangeFrom())!;
		const headers = Object.fromEntries(verdict.headers);
		assert.equal(headers["content-type"], "application/problem+json; charset=utf-8");
		assert.equal(headers["cache-control"], "no-store");
		assert.match(headers["retry-after"]!, /^(60|59)$/);
		assert.match(headers.ratelimit!, /^"default";r=0;t=(60|59)$/);
		assert.deepEqual(JSON.parse(verdict.body), {
			type: "about:blank",
			title: "Too Many Requests",
			status: 429,
			requestId: "abc",
		});
	});

	test("never to come again in no time", (t) => {
		t.mock.timers.enable({ apis: ["Date"], now: 0 });
		const { enter } = limiter({ limit: 1, windowMs: 1_000 });
		enter(exchangeFrom());
		t.mock.timers.setTime(999);
		assert.equal(Object.fromEntries(enter(exchangeFrom())!.headers)["retry-after"], "1");
	});
});

describe("where others have a say", () => {
	test("another limiter that has set its headers counts, and ours stands down and says so", () => {
		for (const header of ["RateLimit-Limit", "X-RateLimit-Limit", "RateLimit"]) {
			const { enter, notices } = limiter({ limit: 1 });
			const entered = [1, 2, 3].map(() => {
				const exchange = exchangeFrom();
				exchange.response.setHeader(header, "5");
				return enter(exchange);
			});
			assert.deepEqual(entered, [undefined, undefined, undefined], header);
			assert.deepEqual([...new Set(notices)], ["PART_STANDS_DOWN"]);
		}
	});

	test("an address that may be a proxy's is counted and not refused, and what to set is said", () => {
		const { enter, notices } = limiter({ limit: 1 });
		const entered = [1, 2, 3].map(() =>
			enter(Object.assign(exchangeFrom("10.0.0.1"), { isAddressDoubtful: true })),
		);
		assert.deepEqual(entered, [undefined, undefined, undefined]);
		assert.deepEqual([...new Set(notices)], ["FORWARDED_UNEXPLAINED"]);
	});

	test("a key of the program's is never doubtful", () => {
		const { enter } = limiter({ limit: 1, key: () => "one" });
		const entered = [1, 2].map(() =>
			enter(Object.assign(exchangeFrom("10.0.0.1"), { isAddressDoubtful: true })),
		);
		assert.equal(entered[1]?.status, 429);
	});
});

describe("a route with a limit of its own", () => {
	test("counts in place of the app's", () => {
		const [app, route] = [limiter({ limit: 2 }), limiter({ limit: 5 }, "part")];
		for (let request = 0; request < 5; request++) {
			const exchange = exchangeFrom();
			assert.equal(app.enter(exchange), undefined);
			assert.equal(route.enter(exchange), undefined);
		}
		assert.deepEqual(statuses(app.enter, 3), ["ok", "ok", 429]);
	});

	test("gives back in each of the keys that the app's has counted in", () => {
		const app = limiter({ limit: 2, key: (() => ["account", "address"]) as never });
		const route = limiter({ limit: 5 }, "part");
		for (let request = 0; request < 5; request++) {
			const exchange = exchangeFrom();
			assert.equal(app.enter(exchange) ?? route.enter(exchange), undefined);
		}
		assert.deepEqual(statuses(app.enter, 3), ["ok", "ok", 429]);
	});

	test("is not refused by the app's, where it is known only when it runs", () => {
		const [app, route] = [limiter({ limit: 1 }), limiter({ limit: 3 }, "part")];
		const entered = Array.from({ length: 4 }, () => {
			const exchange = exchangeFrom(ADDRESS, "/", { countsForItself: () => true });
			return app.enter(exchange) ?? route.enter(exchange);
		});
		assert.deepEqual(
			entered.map((verdict) => verdict?.status ?? "ok"),
			["ok", "ok", "ok", 429],
		);
	});

	test("gives nothing back to a window that the app's has not counted in", (t) => {
		t.mock.timers.enable({ apis: ["Date"], now: 0 });
		const [app, route] = [limiter({ limit: 2, windowMs: 1_000 }), limiter({ limit: 5 }, "part")];
		const slow = exchangeFrom();
		app.enter(slow);
		t.mock.timers.setTime(1_000);
		const before = statuses(app.enter, 2);
		route.enter(slow);
		assert.deepEqual([...before, ...statuses(app.enter, 1)], ["ok", "ok", 429]);
	});

	for (const algorithm of ["fixed", "sliding"] as const) {
		test(`does not win back what the app's has counted of others (${algorithm})`, () => {
			const [app, route] = [limiter({ limit: 2, algorithm }), limiter({ limit: 100 }, "part")];
			const seen = Array.from({ length: 4 }, () => {
				const own = exchangeFrom(ADDRESS, "/", { countsForItself: () => true });
				assert.equal(app.enter(own) ?? route.enter(own), undefined);
				return statuses(app.enter, 1);
			});
			assert.deepEqual(seen.flat(), ["ok", "ok", 429, 429]);
		});
	}

	test("tells its own limit", () => {
		const [app, route] = [limiter({ limit: 100 }), limiter({ limit: 5 }, "part")];
		const exchange = exchangeFrom();
		app.enter(exchange);
		route.enter(exchange);
		assert.match(String(exchange.response.getHeader("RateLimit")), /^"default";r=4;/);
	});

	test("counts beside others of the same route", () => {
		const [wide, narrow] = [limiter({ limit: 9 }, "part"), limiter({ limit: 1 }, "part")];
		const entered = [1, 2].map(() => {
			const exchange = exchangeFrom();
			return wide.enter(exchange) ?? narrow.enter(exchange);
		});
		assert.deepEqual([entered[0], entered[1]?.status], [undefined, 429]);
	});
});
