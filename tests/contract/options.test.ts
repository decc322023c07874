import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { CODES, explain, type Fault, type Options, ProductionReadyError } from "@production-ready/core";
import * as onExpress from "@production-ready/express";
import { type Factory, forEachServer, fresh, hello, type Setup } from "./servers.ts";

/** The faults that stop this app from starting. */
async function faultsOf(
	start: Factory["start"],
	t: TestContext,
	options: unknown,
	env: Setup["env"] = {},
): Promise<readonly Fault[]> {
	let faults: readonly Fault[] = [];
	await assert.rejects(start(t, { options: options as Options, env }), (error) => {
		assert.ok(error instanceof ProductionReadyError, String(error));
		assert.equal(error.code, "CONFIG_INVALID");
		faults = error.faults;
		for (const { at, problem, hint, code } of faults) {
			assert.ok(code in CODES);
			for (const part of [at, problem, hint, code]) assert.ok(error.message.includes(part), part);
		}
		return true;
	});
	return faults;
}

/** What is written, where the fault is, and what the operator is told. */
const WRONG: readonly (readonly [options: unknown, at: string, code: string, hint: RegExp])[] = [
	[{ rateLimt: {} }, "rateLimt", "OPTION_UNKNOWN", /^did you mean rateLimit\?$/],
	[{ helmet: {} }, "helmet", "OPTION_UNKNOWN", /^did you mean headers\?$/],
	[{ trustProxy: 1 }, "trustProxy", "OPTION_UNKNOWN", /^did you mean proxy\?$/],
	[{ rateLimit: { max: 5 } }, "rateLimit.max", "OPTION_UNKNOWN", /^did you mean limit\?$/],
	[{ rateLimit: { windowMS: 5 } }, "rateLimit.windowMS", "OPTION_UNKNOWN", /^did you mean windowMs\?$/],
	[{ zzzzzzzzzz: 1 }, "zzzzzzzzzz", "OPTION_UNKNOWN", /^one of preset, platform, requestId, /],
	[{ rateLimit: true }, "rateLimit", "OPTION_INVALID", /rateLimit: false/],
	[{ headers: true }, "headers", "OPTION_INVALID", /headers: false/],
	[{ rateLimit: null }, "rateLimit", "OPTION_INVALID", /rateLimit: false/],
	[{ rateLimit: [] }, "rateLimit", "OPTION_INVALID", /rateLimit: false/],
	[{ rateLimit: { limit: "5" } }, "rateLimit.limit", "OPTION_INVALID", /limit: 300/],
	[{ rateLimit: { limit: 0 } }, "rateLimit.limit", "OPTION_INVALID", /limit: 300/],
	[{ rateLimit: { limit: Number.NaN } }, "rateLimit.limit", "OPTION_INVALID", /limit: 300/],
	[{ rateLimit: { windowMs: 60 } }, "rateLimit.windowMs", "OPTION_INVALID", /windowMs: 60000/],
	[{ preset: "apii" }, "preset", "OPTION_INVALID", /preset: "api"/],
	[{ platform: "kubernets" }, "platform", "OPTION_INVALID", /"kubernetes"/],
	[{ platform: [] }, "platform", "OPTION_INVALID", /"auto"/],
	[{ proxy: true }, "proxy", "PROXY_TRUSTS_ALL", /hops: 1/],
	[{ proxy: { trust: true } }, "proxy", "PROXY_TRUSTS_ALL", /hops: 1/],
	[{ proxy: { hops: 1, trust: ["loopback"] } }, "proxy", "OPTIONS_INCOHERENT", /hops: 1/],
	[{ proxy: { trust: ["10.0.0.0/99"] } }, "proxy.trust", "OPTION_INVALID", /10\.0\.0\.0\/8/],
	[{ cors: { origin: "*", credentials: true } }, "cors", "CORS_WILDCARD_CREDENTIALS", /https:\/\//],
	[{ cors: {} }, "cors", "OPTIONS_INCOHERENT", /origin: \["https:\/\//],
	[{ cors: { origin: [] } }, "cors", "OPTIONS_INCOHERENT", /cors: false/],
	[{ cors: { origin: ["https://a.example/"] } }, "cors.origin", "OPTION_INVALID", /https:\/\//],
	[{ cors: { origin: ["null"] } }, "cors.origin", "OPTION_INVALID", /https:\/\//],
	[{ hosts: {} }, "hosts", "OPTIONS_INCOHERENT", /EXTERNAL_URL=https:\/\/example\.com/],
	[{ hosts: { allowed: [] } }, "hosts.allowed", "OPTION_INVALID", /allowed: \["example\.com"\]/],
	[{ hosts: { allowed: ["*"] } }, "hosts.allowed", "OPTION_INVALID", /allowed: \["example\.com"\]/],
	[
		{ hosts: { allowed: ["https://a.example/b"] } },
		"hosts.allowed",
		"OPTION_INVALID",
		/allowed: \["a\.example"\]/,
	],
	[{ hosts: { allowed: "a.example" } }, "hosts.allowed", "OPTION_INVALID", /allowed: \["a\.example"\]/],
	[{ hosts: { allow: ["a.example"] } }, "hosts.allow", "OPTION_UNKNOWN", /allowed/],
	[{ https: { redirect: "get" } }, "https.redirect", "OPTION_INVALID", /redirect: true/],
	[{ https: { redirect: 301 } }, "https.redirect", "OPTION_INVALID", /redirect: true/],
	[{ https: { host: "https://a.example/" } }, "https.host", "OPTION_INVALID", /host: "a\.example"/],
	[{ https: { host: ".a.example" } }, "https.host", "OPTION_INVALID", /host: "example\.com"/],
	[{ requestId: { accept: /x/g } }, "requestId.accept", "OPTION_INVALID", /accept/],
	[{ requestId: { header: "X-Request-Id" } }, "requestId.header", "OPTION_INVALID", /x-request-id/],
	[{ health: { livePath: "livez" } }, "health.livePath", "OPTION_INVALID", /\/livez/],
	[{ logging: { logger: console } }, "logging.logger", "OPTION_INVALID", /pino\(\)/],
	[
		{ shutdown: { deadlineMs: 5_000, drainDelayMs: 4_000, lingerMs: 1_000 } },
		"shutdown",
		"OPTIONS_INCOHERENT",
		/deadlineMs: 10000/,
	],
	[
		{ platform: "kubernetes", shutdown: { deadlineMs: 30_000 } },
		"shutdown.deadlineMs",
		"OPTIONS_INCOHERENT",
		/deadlineMs: 28000/,
	],
];

forEachServer(({ start }) => {
	for (const [options, at, code, hint] of WRONG) {
		test(`${JSON.stringify(options)?.slice(0, 70)} stops the boot and says what to type`, async (t) => {
			const faults = await faultsOf(start, t, options);
			assert.deepEqual(
				faults.map((fault) => [fault.at, fault.code]),
				[[at, code]],
			);
			assert.match(faults[0]!.hint, hint);
		});
	}

	test("all faults are in one report, those of the environment too", async (t) => {
		const options = {
			rateLimt: {},
			preset: "webb",
			headers: true,
			proxy: true,
			rateLimit: { limit: -1, windowMs: "1m" },
		};
		const env = {
			NODE_ENV: "prodution",
			TRUST_PROXY: "true",
			LOG_LEVEL: "loud",
			SHUTDOWN_GRACE_SECONDS: "soon",
		};
		const faults = await faultsOf(start, t, options, env);
		assert.deepEqual(faults.map(({ at }) => at).sort(), [
			"LOG_LEVEL",
			"NODE_ENV",
			"SHUTDOWN_GRACE_SECONDS",
			"TRUST_PROXY",
			"headers",
			"preset",
			"proxy",
			"rateLimit.limit",
			"rateLimit.windowMs",
			"rateLimt",
		]);
	});

	test("no report shows a secret", async (t) => {
		const secret = "hunter2 hunter2";
		const faults = await faultsOf(
			start,
			t,
			{ health: { token: secret }, rateLimt: {} },
			{
				REDIS_URL: "http://user:s3cr3t-password@redis:1",
				SESSION_SECRET: "",
			},
		);
		const report = JSON.stringify(faults);
		assert.match(report, /health\.token/);
		assert.match(report, /REDIS_URL/);
		assert.doesNotMatch(report, /hunter2|s3cr3t/);
	});

	test("options that helmet refuses stop the boot", async (t) => {
		const options = { headers: { contentSecurityPolicy: { directives: { "bad name!": ["'self'"] } } } };
		await assert.rejects(start(t, { options: options as Options }), /directive name "bad name!"/);
	});

	test("a fault leaves nothing behind: the next app starts", async (t) => {
		await faultsOf(start, t, { rateLimit: true });
		const server = await start(t, { options: { rateLimit: { limit: 7 } }, routes: [hello()] });
		assert.equal((await server.get("/")).headers["ratelimit-policy"], '"default";q=7;w=60');
	});

	test("undefined is nothing given", async (t) => {
		const options = {
			preset: undefined,
			rateLimit: undefined,
			cors: undefined,
			headers: { hsts: undefined },
		};
		const server = await start(t, { options: options as never, routes: [hello()] });
		assert.equal((await server.get("/")).headers["ratelimit-policy"], '"default";q=300;w=60');
	});

	test("two apps that want different things of the process are told so", async (t) => {
		const server = await start(t, { options: { shutdown: { deadlineMs: 4_000 } }, routes: [hello()] });
		assert.throws(
			() => onExpress.productionReady({ platform: "plain", shutdown: { deadlineMs: 5_000 } }),
			(error: ProductionReadyError) => {
				assert.deepEqual(
					error.faults.map(({ at, code }) => [at, code]),
					[["shutdown.deadlineMs", "PROCESS_OPTIONS_CONFLICT"]],
				);
				return true;
			},
		);
		onExpress.productionReady({ platform: "plain", shutdown: { deadlineMs: 4_000 } });
		assert.equal((await server.get("/")).status, 200);
	});

	test("explain() tells of the app that runs: every value, and where it came from", async (t) => {
		const token = "a-token-that-nobody-sees";
		await start(t, {
			options: {
				preset: "web",
				platform: ["kubernetes", "aws-alb"],
				rateLimit: { limit: 7 },
				health: { token },
				cors: false,
			},
			env: { LOG_LEVEL: "warn", TRUST_PROXY: "2" },
		});
		const text = explain();
		const rows = new Map(
			text.split("\n").map((line) => [line.split(/\s+/, 1)[0]!, line.split(/\s+/).slice(1)]),
		);
		const expected: readonly (readonly [key: string, origin: string, value: string])[] = [
			["preset", "code", "web"],
			["rateLimit.limit", "code", "7"],
			["rateLimit.windowMs", "default", "60000"],
			["logging.level", "env:LOG_LEVEL", "'warn'"],
			["proxy.hops", "env:TRUST_PROXY", "2"],
			["shutdown.drainDelayMs", "platform:kubernetes+aws-alb", "5000"],
			["shutdown.deadlineMs", "platform:kubernetes+aws-alb", "28000"],
			["server.keepAliveTimeoutMs", "platform:kubernetes+aws-alb", "65000"],
			["health.token", "code", "(set)"],
			["logging.logger", "code", "(your"],
			["cors", "code", "off"],
		];
		for (const [key, origin, value] of expected)
			assert.deepEqual(rows.get(key)?.slice(0, 2).sort(), [origin, value].sort(), key);
		assert.doesNotMatch(text, /a-token-that-nobody-sees/);
	});
});

test("explain() has a row with an origin for every key of every room", (t) => {
	fresh(t);
	const text = explain({ cors: { origin: ["https://a.example"] } });
	const config = text.split("\n").filter((line) => !line.startsWith("note:"));
	const keys = config.map((line) => line.split(/\s+/, 1)[0]!);
	assert.equal(new Set(keys).size, keys.length);
	for (const line of config)
		assert.match(line, /^\S+ {2,}(default|code|environment|env:\w*|preset:\w+|platform:[\w+-]+) {2,}\S/);
	for (const room of [
		"requestId",
		"logging",
		"proxy",
		"headers",
		"health",
		"cors",
		"rateLimit",
		"compression",
	]) {
		assert.ok(
			keys.some((key) => key.startsWith(`${room}.`)),
			room,
		);
	}
	for (const room of ["errors", "server", "shutdown", "crash"]) {
		assert.ok(
			keys.some((key) => key.startsWith(`${room}.`)),
			room,
		);
	}
});
