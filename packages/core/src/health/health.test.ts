import assert from "node:assert/strict";
import { IncomingMessage, ServerResponse } from "node:http";
import { Socket } from "node:net";
import { describe, test } from "node:test";
import { type Exchange, openExchange, type Verdict } from "../exchange/exchange.ts";
import type { Framework } from "../exchange/framework.ts";
import type { CheckResult, Health } from "../exchange/room.ts";
import { HEALTH, type HealthValues } from "./health.ts";

const FRAMEWORK: Framework = {
	name: "none",
	clientAddress: () => undefined,
	isSecure: () => undefined,
	route: () => undefined,
};

interface Process {
	readonly isStarted?: boolean;
	readonly isDraining?: boolean;
	readonly checks?: readonly CheckResult[];
	readonly values?: Partial<HealthValues>;
	readonly authorization?: string;
}

const check = (status: CheckResult["status"], isCritical = true): CheckResult => ({
	name: "db",
	status,
	isCritical,
});

/** What a probe is answered, and its exchange. */
async function probe(
	request: string,
	{ isStarted = true, isDraining = false, checks = [], values, authorization }: Process = {},
): Promise<{ verdict: Verdict | undefined; exchange: Exchange }> {
	const [method, url] = request.split(" ") as [string, string];
	const message = Object.assign(new IncomingMessage(new Socket()), { method, url });
	message.headers = authorization === undefined ? {} : { authorization };
	const exchange = openExchange(message, new ServerResponse(message), FRAMEWORK, message);
	const health: Health = {
		isStarted: () => isStarted,
		isDraining: () => isDraining,
		readiness: async () => checks,
	};
	const policy = HEALTH.policy({ ...HEALTH.DEFAULTS, ...values }, { mode: "production" });
	const verdict = await HEALTH.create(policy, { health } as never, "app").enter!(exchange);
	return { verdict, exchange };
}

describe("probes", () => {
	const table: readonly (readonly [string, string, Process, number | undefined])[] = [
		["a process that lives", "GET /livez", {}, 200],
		["HEAD too", "HEAD /livez", {}, 200],
		["a query changes nothing", "GET /livez?from=balancer", {}, 200],
		["an outage of a dependency is no reason to restart", "GET /livez", { checks: [check("failed")] }, 200],
		["a process that drains still lives", "GET /livez", { isDraining: true }, 200],
		["one that still starts lives too", "GET /livez", { isStarted: false }, 200],
		["ready", "GET /readyz", { checks: [check("ok")] }, 200],
		["ready, without checks", "GET /readyz", {}, 200],
		["a dependency that says no", "GET /readyz", { checks: [check("ok"), check("failed")] }, 503],
		["a dependency that hangs", "GET /readyz", { checks: [check("timeout")] }, 503],
		["a dependency one can do without", "GET /readyz", { checks: [check("failed", false)] }, 200],
		["draining", "GET /readyz", { isDraining: true, checks: [check("ok")] }, 503],
		["started", "GET /startupz", {}, 200],
		["not yet started", "GET /startupz", { isStarted: false }, 503],
		["another method", "POST /livez", {}, undefined],
		["another path", "GET /", {}, undefined],
	];
	for (const [name, request, state, status] of table) {
		test(`${name}: ${request} is ${status ?? "the program's"}`, async () => {
			const { verdict, exchange } = await probe(request, state);
			assert.equal(verdict?.status, status);
			assert.equal(exchange.isProbe, status !== undefined);
		});
	}

	for (const path of [
		"/livez/",
		"//livez",
		"/LIVEZ",
		"/livez;x",
		"/%6civez",
		"/livez/../admin",
		"/x/../livez",
		"/./livez",
		"/livez%00",
		"/livezx",
		"/a/livez",
	]) {
		test(`H95 no other spelling is a probe: ${path}`, async () => {
			assert.equal((await probe(`GET ${path}`)).verdict, undefined);
		});
	}

	test("paths may be chosen, and the others are then the program's", async () => {
		const values = { livePath: "/healthz" };
		assert.equal((await probe("GET /healthz", { values })).verdict?.status, 200);
		assert.equal((await probe("GET /livez", { values })).verdict, undefined);
	});

	test("draining answers at once, whatever the checks are waiting for", async () => {
		const message = Object.assign(new IncomingMessage(new Socket()), { method: "GET", url: "/readyz" });
		const exchange = openExchange(message, new ServerResponse(message), FRAMEWORK, message);
		const health: Health = {
			isStarted: () => true,
			isDraining: () => true,
			readiness: () => new Promise(() => {}),
		};
		const entered = HEALTH.create(
			HEALTH.policy(HEALTH.DEFAULTS, { mode: "production" }),
			{ health } as never,
			"app",
		);
		assert.equal((entered.enter!(exchange) as Verdict).status, 503);
	});

	test("a drain that begins while the checks run is a no", async () => {
		let isDraining = false;
		const message = Object.assign(new IncomingMessage(new Socket()), { method: "GET", url: "/readyz" });
		const exchange = openExchange(message, new ServerResponse(message), FRAMEWORK, message);
		const health: Health = {
			isStarted: () => true,
			isDraining: () => isDraining,
			readiness: async () => {
				isDraining = true;
				return [];
			},
		};
		const room = HEALTH.create(
			HEALTH.policy(HEALTH.DEFAULTS, { mode: "production" }),
			{ health } as never,
			"app",
		);
		assert.equal((await room.enter!(exchange))?.status, 503);
	});
});

describe("what is told", () => {
	const TOKEN = "0123456789abcdef";
	const body = async (state: Process): Promise<unknown> =>
		JSON.parse((await probe("GET /readyz", state)).verdict!.body);

	test("is whether it is well, and no more", async () => {
		assert.deepEqual(await body({ checks: [check("ok")] }), { status: "ok" });
		assert.deepEqual(await body({ checks: [check("failed")] }), { status: "unavailable" });
	});

	test("is every check, to whoever has the token", async () => {
		const state = { checks: [check("timeout")], values: { token: TOKEN }, authorization: `Bearer ${TOKEN}` };
		assert.deepEqual(await body(state), {
			status: "unavailable",
			checks: [{ name: "db", status: "timeout", isCritical: true }],
		});
	});

	for (const authorization of [
		undefined,
		"",
		TOKEN,
		`bearer ${TOKEN}`,
		`Bearer ${TOKEN}x`,
		"Bearer ",
		`Bearer ${"x".repeat(16)}`,
		`Bearer ${"é".repeat(8)}`,
	]) {
		test(`is nothing more to ${authorization === undefined ? "nobody" : JSON.stringify(authorization)}`, async () => {
			const state = {
				checks: [check("failed")],
				values: { token: TOKEN },
				...(authorization !== undefined && { authorization }),
			};
			assert.deepEqual(await body(state), { status: "unavailable" });
		});
	}

	test("without a token there is nothing that opens it", async () => {
		const state = { checks: [check("failed")], authorization: "Bearer undefined" };
		assert.deepEqual(await body(state), { status: "unavailable" });
	});

	test("is kept by no cache", async () => {
		for (const path of ["/livez", "/readyz", "/startupz"]) {
			const { verdict } = await probe(`GET ${path}`);
			assert.deepEqual(verdict?.headers, [
				["content-type", "application/json; charset=utf-8"],
				["cache-control", "no-store"],
			]);
		}
	});
});
