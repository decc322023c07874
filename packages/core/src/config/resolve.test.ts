import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { type Code, ProductionReadyError } from "../errors.ts";
import { type Options, ROOMS, type RoomKey } from "./options.ts";
import { PRESETS, type PresetName } from "./presets.ts";
import { type Config, processChoices, resolveOptions } from "./resolve.ts";

type Variables = Readonly<Record<string, string>>;

const production: Variables = { NODE_ENV: "production" };
const kubernetes: Variables = { ...production, KUBERNETES_SERVICE_HOST: "10.0.0.1" };

/** A value and where it came from: `100 code`. */
function seen(config: Config, path: string): string {
	const [room, key] = path.split(".") as [RoomKey, string | undefined];
	const values = config.rooms[room];
	const value = values === false ? "off" : key === undefined ? "on" : values[key];
	return `${Array.isArray(value) ? value.join(",") : String(value)} ${config.origins[path]}`;
}

/** Codes and places of all faults. */
function faultsOf(options: unknown, environment: Variables = production): string[] {
	try {
		resolveOptions(options as Options, environment);
	} catch (error) {
		assert.ok(error instanceof ProductionReadyError, String(error));
		return error.faults.map(({ code, at }) => `${code} ${at}`);
	}
	return [];
}

function noticesOf(options: Options, environment: Variables): string[] {
	return resolveOptions(options, environment).notices.map(({ code, at }) => `${code} ${at}`);
}

describe("a later step wins over an earlier one", () => {
	const steps: readonly (readonly [string, string, Options, Variables, string])[] = [
		["nobody has said anything", "rateLimit.limit", {}, production, "300 default"],
		["the preset", "rateLimit.limit", { preset: "web", session: false }, production, "600 preset:web"],
		[
			"code over the preset",
			"rateLimit.limit",
			{ preset: "web", session: false, rateLimit: { limit: 5 } },
			production,
			"5 code",
		],
		["the platform", "shutdown.deadlineMs", {}, kubernetes, "28000 platform:kubernetes"],
		[
			"the environment over the platform",
			"shutdown.deadlineMs",
			{},
			{ ...kubernetes, SHUTDOWN_GRACE_SECONDS: "60" },
			"58000 env:SHUTDOWN_GRACE_SECONDS",
		],
		[
			"code over the environment",
			"shutdown.deadlineMs",
			{ shutdown: { deadlineMs: 20_000 } },
			{ ...kubernetes, SHUTDOWN_GRACE_SECONDS: "60" },
			"20000 code",
		],
		[
			"the level by variable",
			"logging.level",
			{},
			{ ...production, LOG_LEVEL: "debug" },
			"debug env:LOG_LEVEL",
		],
		[
			"the level by code",
			"logging.level",
			{ logging: { level: "warn" } },
			{ ...production, LOG_LEVEL: "debug" },
			"warn code",
		],
		[
			"a named platform",
			"server.keepAliveTimeoutMs",
			{ platform: ["kubernetes", "aws-alb"] },
			production,
			"65000 platform:kubernetes+aws-alb",
		],
	];
	for (const [name, path, options, environment, expected] of steps) {
		test(`${name}: ${path} is ${expected}`, () => {
			assert.equal(seen(resolveOptions(options, environment), path), expected);
		});
	}

	test("what is undefined was not given", () => {
		const options: Options = { rateLimit: { limit: undefined, windowMs: 1_000 }, headers: undefined };
		const config = resolveOptions(options, production);
		assert.equal(seen(config, "rateLimit.limit"), "300 default");
		assert.equal(seen(config, "rateLimit.windowMs"), "1000 code");
		assert.notEqual(config.rooms.headers, false);
	});

	test("a variable that is set to nothing was not given", () => {
		const config = resolveOptions({}, { ...production, LOG_LEVEL: "", TRUST_PROXY: "" });
		assert.equal(seen(config, "logging.level"), "info default");
		assert.equal(seen(config, "proxy.hops"), "undefined default");
	});
});

describe("lists replace", () => {
	test("the signals of code are the signals", () => {
		const config = resolveOptions({ shutdown: { signals: ["SIGTERM"] } }, production);
		assert.equal(seen(config, "shutdown.signals"), "SIGTERM code");
	});

	test("addresses of code take the place of those of the environment", () => {
		const config = resolveOptions(
			{ proxy: { trust: ["192.0.2.0/24"] } },
			{ ...production, TRUST_PROXY: "10.0.0.0/8,127.0.0.1" },
		);
		assert.equal(seen(config, "proxy.trust"), "192.0.2.0/24 code");
	});

	test("an object replaces whole: directives of a policy are not mixed with the preset's", () => {
		const contentSecurityPolicy = { useDefaults: false, directives: { "default-src": ["'self'"] } };
		const config = resolveOptions(
			{ preset: "web", session: false, headers: { contentSecurityPolicy } },
			production,
		);
		assert.deepEqual(
			(config.rooms.headers as Record<string, unknown>).contentSecurityPolicy,
			contentSecurityPolicy,
		);
	});
});

describe("keys that answer one question together", () => {
	const cases: readonly (readonly [string, Options, Variables, string, string])[] = [
		[
			"addresses replace the platform's hops",
			{ platform: "aws-alb", proxy: { trust: ["10.0.0.0/8"] } },
			{},
			"-",
			"10.0.0.0/8",
		],
		[
			"hops of code replace addresses of the environment",
			{ proxy: { hops: 2 } },
			{ TRUST_PROXY: "10.0.0.0/8" },
			"2",
			"-",
		],
		[
			"addresses of the environment replace hops of the platform",
			{ platform: "aws-alb" },
			{ TRUST_PROXY: "10.0.0.0/8" },
			"-",
			"10.0.0.0/8",
		],
		["none takes back what the platform trusts", { platform: "aws-alb" }, { TRUST_PROXY: "none" }, "0", "-"],
	];
	for (const [name, options, variables, hops, trust] of cases) {
		test(name, () => {
			const config = resolveOptions(options, { ...production, ...variables });
			const proxy = config.rooms.proxy as { hops?: number; trust?: readonly string[] };
			assert.deepEqual([String(proxy.hops ?? "-"), proxy.trust?.join() ?? "-"], [hops, trust]);
		});
	}

	test("a header of the platform goes with its hops", () => {
		const platform = resolveOptions({ platform: "traefik" }, production);
		assert.equal(seen(platform, "proxy.clientHeader"), "x-real-ip platform:traefik");
		const code = resolveOptions({ platform: "traefik", proxy: { hops: 2 } }, production);
		assert.equal(seen(code, "proxy.clientHeader"), "undefined default");
	});

	test("both at once are a fault", () => {
		assert.deepEqual(faultsOf({ proxy: { hops: 1, trust: ["loopback"] } }), ["OPTIONS_INCOHERENT proxy"]);
	});
});

describe("rooms that are off", () => {
	const cases: readonly (readonly [string, Options, string])[] = [
		["false of code", { rateLimit: false }, "rateLimit off code"],
		["false of the preset", { preset: "internal" }, "rateLimit off preset:internal"],
		["a room that must be asked for", {}, "cors off preset:api"],
		["serverless: no server", { platform: "lambda" }, "server off platform:lambda"],
		["serverless: no signals", { platform: "lambda" }, "shutdown off platform:lambda"],
		["serverless: no crash handlers", { platform: "lambda" }, "crash off platform:lambda"],
	];
	for (const [name, options, expected] of cases) {
		test(`${name}: ${expected}`, () => {
			const room = expected.split(" ")[0]!;
			assert.equal(`${room} ${seen(resolveOptions(options, production), room)}`, expected);
		});
	}

	test("every room can be turned off", () => {
		const off = Object.fromEntries(ROOMS.map(({ key }) => [key, false])) as Options;
		const config = resolveOptions(off, production);
		assert.deepEqual(
			Object.values(config.rooms),
			ROOMS.map(() => false),
		);
	});

	test("code that asks for a room has it, whatever the preset says", () => {
		assert.equal(
			seen(resolveOptions({ preset: "internal", rateLimit: {} }, production), "rateLimit.limit"),
			"300 default",
		);
		assert.equal(seen(resolveOptions({ cors: { origin: "*" } }, production), "cors.origin"), "* code");
	});

	test("a variable alone turns no room on", () => {
		const config = resolveOptions({ logging: false }, { ...production, LOG_LEVEL: "debug" });
		assert.equal(config.rooms.logging, false);
	});

	test("but for a secret, which is of no use without its room; code has the last word", () => {
		const secret = { ...production, SESSION_SECRET: "8Xb1Zc0T5uQ2pR7sW4vY9aD3fG6hJ1kL" };
		assert.equal(seen(resolveOptions({}, secret), "session.idleTimeoutMs"), "1800000 default");
		assert.equal(resolveOptions({}, secret).origins["session.secret"], "env:SESSION_SECRET");
		assert.equal(seen(resolveOptions({ session: false }, secret), "session"), "off code");
		assert.equal(seen(resolveOptions({}, production), "session"), "off preset:api");
	});

	test("each preset has the rooms that are its own", () => {
		const off = (preset: PresetName): string[] => {
			const { rooms } = resolveOptions({ preset }, { NODE_ENV: "development" });
			return Object.keys(rooms).filter((key) => rooms[key as RoomKey] === false);
		};
		assert.deepEqual(Object.keys(PRESETS), ["api", "web", "internal"]);
		assert.deepEqual(
			[off("api"), off("web"), off("internal")],
			[
				["hosts", "https", "cors", "csrf", "session"],
				["hosts", "https", "cors"],
				["hosts", "https", "cors", "rateLimit", "csrf", "compression", "session"],
			],
		);
	});
});

describe("what was handed over stays as it was", () => {
	test("the result is frozen, all the way down", () => {
		const config = resolveOptions({ proxy: { trust: ["loopback"] } }, production);
		const thawed: string[] = [];
		const walk = (value: unknown, path: string): void => {
			if (typeof value !== "object" || value === null || value instanceof RegExp) return;
			if (!Object.isFrozen(value)) thawed.push(path);
			for (const [key, part] of Object.entries(value)) walk(part, `${path}.${key}`);
		};
		walk(config, "config");
		assert.deepEqual(thawed, []);
	});

	test("the caller's object is not written, not frozen and not held on to", () => {
		const options = {
			preset: "web" as const,
			session: false as const,
			proxy: { trust: ["loopback"] },
			headers: { contentSecurityPolicy: { useDefaults: false, directives: { "default-src": ["'self'"] } } },
			shutdown: { signals: ["SIGTERM" as const] },
		};
		const before = structuredClone(options);
		const config = resolveOptions(options, production);
		assert.deepEqual(options, before);
		options.proxy.trust.push("10.0.0.0/8");
		options.headers.contentSecurityPolicy.directives["default-src"].push("https:");
		assert.deepEqual((config.rooms.proxy as { trust: string[] }).trust, ["loopback"]);
	});

	test("options that are frozen, or made without a prototype, are options", () => {
		const options = Object.freeze(
			Object.assign(Object.create(null), { rateLimit: Object.freeze({ limit: 5 }) }),
		);
		assert.equal(seen(resolveOptions(options, production), "rateLimit.limit"), "5 code");
	});

	test("a logger of the caller's is used as it is, also one that is a plain object", () => {
		const logger = { info() {}, error() {}, child: () => logger } as never;
		const config = resolveOptions({ logging: { logger } }, production);
		assert.equal((config.rooms.logging as { logger: unknown }).logger, logger);
		assert.equal(Object.isFrozen(logger), false);
	});

	test("a logger that holds itself is no endless way", () => {
		const logger: Record<string, unknown> = { info() {}, error() {}, child() {} };
		logger.root = logger;
		assert.deepEqual(faultsOf({ logging: { logger } }), []);
	});

	test("the environment is not written", () => {
		const environment = Object.freeze({ ...kubernetes, SHUTDOWN_GRACE_SECONDS: "60", LOG_LEVEL: "debug" });
		resolveOptions({ preset: "web", session: false }, environment);
	});

	test("two resolutions know nothing of each other", () => {
		resolveOptions(
			{ rateLimit: { limit: 5 }, preset: "web", session: false },
			{ ...kubernetes, LOG_LEVEL: "debug" },
		);
		const config = resolveOptions({}, production);
		assert.deepEqual(
			[seen(config, "rateLimit.limit"), seen(config, "logging.level")],
			["300 default", "info default"],
		);
	});
});

describe("keys that mean something to JavaScript", () => {
	const hostile: readonly (readonly [string, unknown, readonly string[]])[] = [
		["__proto__ as a room", JSON.parse('{"__proto__": {"limit": 1}}'), ["OPTION_UNKNOWN __proto__"]],
		["constructor as a room", { constructor: {} }, ["OPTION_UNKNOWN constructor"]],
		[
			"__proto__ in a room",
			{ rateLimit: JSON.parse('{"__proto__": {"limit": 1}}') },
			["OPTION_UNKNOWN rateLimit.__proto__"],
		],
		["toString in a room", { rateLimit: { toString: 1 } }, ["OPTION_UNKNOWN rateLimit.toString"]],
		["__proto__ as a preset", { preset: "__proto__" }, ["OPTION_INVALID preset"]],
		["constructor as a platform", { platform: ["constructor"] }, ["OPTION_INVALID platform"]],
	];
	for (const [name, options, expected] of hostile) {
		test(`${name} is a fault and pollutes nothing`, () => {
			assert.deepEqual(faultsOf(options), expected);
			assert.equal(({} as { limit?: number }).limit, undefined);
		});
	}

	test("a variable of that name is not read", () => {
		const environment = JSON.parse('{"NODE_ENV": "production", "__proto__": "x", "constructor": "y"}');
		assert.equal(seen(resolveOptions({}, environment), "rateLimit.limit"), "300 default");
	});
});

describe("all faults at once", () => {
	test("those of options, of the environment and of the process stand in one report", () => {
		const options = {
			rateLimit: { limit: 0, windwoMs: 5 },
			cors: { origin: "*", credentials: true },
			prset: "web",
		};
		const environment = { ...production, LOG_LEVEL: "loud", NODE_TLS_REJECT_UNAUTHORIZED: "0" };
		assert.deepEqual(faultsOf(options, environment).sort(), [
			"CORS_WILDCARD_CREDENTIALS cors",
			"ENV_INVALID LOG_LEVEL",
			"ENV_UNSAFE NODE_TLS_REJECT_UNAUTHORIZED",
			"OPTION_INVALID rateLimit.limit",
			"OPTION_UNKNOWN prset",
			"OPTION_UNKNOWN rateLimit.windwoMs",
		]);
	});

	test("what is unsafe in production is allowed at a desk", () => {
		assert.deepEqual(faultsOf({}, { NODE_ENV: "development", NODE_TLS_REJECT_UNAUTHORIZED: "0" }), []);
	});

	test("options helmet cannot take are faults of ours, at boot", () => {
		assert.deepEqual(faultsOf({ headers: { referrerPolicy: { policy: "nonsense" } } }), [
			"OPTION_INVALID headers",
		]);
	});

	test("an older spelling of helmet's replaces the newer one of our defaults", () => {
		assert.deepEqual(faultsOf({ headers: { frameguard: { action: "sameorigin" } } }), []);
		assert.deepEqual(faultsOf({ headers: { frameguard: false } }), []);
	});
});

describe("mode, format and platforms", () => {
	const modes: readonly (readonly [string | undefined, string, string])[] = [
		["production", "production", "json"],
		["development", "development", "readable"],
		["test", "test", "json"],
		["staging", "production", "json"],
	];
	for (const [nodeEnv, mode, format] of modes) {
		test(`NODE_ENV=${nodeEnv} is ${mode}, with ${format} lines`, () => {
			const config = resolveOptions({}, { NODE_ENV: nodeEnv });
			assert.deepEqual([config.mode, config.logFormat], [mode, format]);
		});
	}

	test("without NODE_ENV it is production, and nobody claims that NODE_ENV says so", () => {
		const config = resolveOptions({}, {});
		assert.deepEqual([config.mode, config.origins.mode], ["production", "default"]);
	});

	test("the platform is seen in the environment unless it is named", () => {
		assert.deepEqual(resolveOptions({}, production).platforms, ["plain"]);
		assert.deepEqual(resolveOptions({}, kubernetes).platforms, ["kubernetes"]);
		assert.deepEqual(resolveOptions({ platform: "heroku" }, kubernetes).platforms, ["heroku"]);
	});
});

describe("notices", () => {
	test("a PORT that is set to nothing, which only the program can be hurt by", () => {
		for (const PORT of ["", " "]) {
			assert.deepEqual(noticesOf({}, { ...production, PORT }), ["ENV_INVALID PORT"]);
		}
		assert.deepEqual(noticesOf({}, production), []);
		for (const PORT of ["0", "3000"]) assert.deepEqual(noticesOf({}, { ...production, PORT }), []);
	});

	test("a SESSION_SECRET that is set to nothing, where sessions are off because of that", () => {
		const empty = { ...production, SESSION_SECRET: "" };
		assert.deepEqual(noticesOf({}, empty), ["ENV_MISSING SESSION_SECRET"]);
		assert.deepEqual(noticesOf({ preset: "internal" }, empty), ["ENV_MISSING SESSION_SECRET"]);
		assert.deepEqual(noticesOf({ session: false }, empty), []);
		assert.deepEqual(noticesOf({ session: { secret: "8Xb1Zc0T5uQ2pR7sW4vY9aD3fG6hJ1kL" } }, empty), []);
		assert.throws(() => resolveOptions({ preset: "web" }, empty), /SESSION_SECRET: is not set/);
	});

	const cases: readonly (readonly [string, Options, Variables, readonly string[]])[] = [
		["nothing is said of what is in order", {}, production, []],
		[
			"code over TRUST_PROXY",
			{ proxy: { hops: 1 } },
			{ TRUST_PROXY: "2" },
			["CODE_OVERRIDES_ENV TRUST_PROXY"],
		],
		[
			"proxy: false over TRUST_PROXY",
			{ proxy: false },
			{ TRUST_PROXY: "2" },
			["CODE_OVERRIDES_ENV TRUST_PROXY"],
		],
		[
			"code over LOG_LEVEL",
			{ logging: { level: "warn" } },
			{ LOG_LEVEL: "debug" },
			["CODE_OVERRIDES_ENV LOG_LEVEL"],
		],
		[
			"code over SHUTDOWN_GRACE_SECONDS",
			{ shutdown: { deadlineMs: 3_000 } },
			{ SHUTDOWN_GRACE_SECONDS: "60" },
			["CODE_OVERRIDES_ENV SHUTDOWN_GRACE_SECONDS"],
		],
		[
			"code that says nothing about the variable",
			{ proxy: {}, logging: {}, shutdown: { lingerMs: 0 } },
			{ TRUST_PROXY: "2", LOG_LEVEL: "debug", SHUTDOWN_GRACE_SECONDS: "60" },
			[],
		],
		[
			"a list of hosts without the one that users type",
			{ hosts: { allowed: ["app.internal"] } },
			{ EXTERNAL_URL: "https://example.com" },
			["CODE_OVERRIDES_ENV EXTERNAL_URL"],
		],
		[
			"a list of hosts with it",
			{ hosts: { allowed: [".example.com:443"] } },
			{ EXTERNAL_URL: "https://www.example.com" },
			[],
		],
		["no grace", {}, { SHUTDOWN_GRACE_SECONDS: "0" }, ["NO_GRACE plain"]],
	];
	for (const [name, options, variables, expected] of cases) {
		test(`${name}: ${expected.join(", ") || "silence"}`, () => {
			assert.deepEqual(noticesOf(options, { ...production, ...variables }), expected);
		});
	}

	test("a notice says what to type, as a fault does", () => {
		const [notice] = resolveOptions({ proxy: { hops: 1 } }, { ...production, TRUST_PROXY: "2" }).notices;
		const code: Code | undefined = notice?.code;
		assert.equal(code, "CODE_OVERRIDES_ENV");
		assert.match(notice!.hint, /TRUST_PROXY/);
	});
});

describe("what code says about the process", () => {
	test("is told apart from what it says about an app", () => {
		const config = resolveOptions(
			{
				rateLimit: { limit: 5 },
				server: { headersTimeoutMs: 5_000 },
				crash: false,
				logging: { level: "warn", fields: () => ({}) },
			},
			{ ...production, SHUTDOWN_GRACE_SECONDS: "60" },
		);
		assert.deepEqual(
			[...processChoices(config)],
			[
				["logging.level", "warn"],
				["server.headersTimeoutMs", 5_000],
				["crash", false],
			],
		);
	});

	test("nothing, where the code says nothing", () => {
		assert.deepEqual([...processChoices(resolveOptions({}, kubernetes))], []);
	});
});
