import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Fault } from "../errors.ts";
import { checkOptions } from "./check-options.ts";
import { ROOMS } from "./options.ts";

/** `CODE at -> hint`, of each fault. */
function faults(options: unknown): string[] {
	return checkOptions(options).map(({ code, at, hint }) => `${code} ${at} -> ${hint}`);
}

/** A value that no check of any room takes, however generous. */
const WRONG: unknown = Symbol("wrong");

const everyKey = ROOMS.flatMap(({ key, CHECKS }) =>
	Object.entries(CHECKS).map(([name, check]) => ({ room: key, name, check })),
);

describe("every key of every room", () => {
	test("has a wrong value that names the key and says what to type", () => {
		const silent = everyKey.filter(({ room, name, check }) => {
			const [fault, ...more] = checkOptions({ [room]: { [name]: WRONG } });
			const expected: Fault = {
				code: "OPTION_INVALID",
				at: `${room}.${name}`,
				problem: `is ${check.isSecret ? "a symbol" : "Symbol(wrong)"}, and takes ${check.expected}`,
				hint: `${room}: { ${name}: ${check.example} }`,
			};
			return more.length > 0 || JSON.stringify(fault) !== JSON.stringify(expected);
		});
		assert.deepEqual(silent, []);
	});

	test("has an example that can be typed as it stands", () => {
		const samples: Readonly<Record<string, unknown>> = {
			// Not an example but an abbreviation: a token is not to be copied from an error message.
			"health.token": "0123456789abcdef",
			"proxy.token": "0123456789abcdef",
			"logging.logger": { info() {}, error() {}, child() {} },
			"redis.client": { get() {}, evalsha() {}, on() {}, disconnect() {} },
			// What a program has and an example cannot.
			"session.secret": ["newer", { reveal: () => "older" }],
			"session.store": { get() {}, set() {}, destroy() {} },
		};
		const refused = everyKey.filter(({ room, name, check }) => {
			const value = samples[`${room}.${name}`] ?? new Function(`return (${check.example})`)();
			return !check.accepts(value);
		});
		assert.deepEqual(
			refused.map(({ room, name, check }) => `${room}.${name}: ${check.example}`),
			[],
		);
	});

	test("takes its own default", () => {
		const refused = ROOMS.flatMap(({ key, CHECKS, DEFAULTS }) =>
			Object.entries(DEFAULTS as Record<string, unknown>)
				.filter(([name, value]) => value !== undefined && !CHECKS[name]!.accepts(value))
				.map(([name]) => `${key}.${name}`),
		);
		assert.deepEqual(refused, []);
	});

	test("may be undefined, which is the same as not given", () => {
		assert.deepEqual(
			everyKey.flatMap(({ room, name }) => faults({ [room]: { [name]: undefined } })),
			[],
		);
	});

	test("may be mistyped, and the right one is named", () => {
		const lost = everyKey.filter(({ room, name }) => {
			const [fault] = checkOptions({ [room]: { [`${name}s`]: 1 } });
			return fault?.code !== "OPTION_UNKNOWN" || fault.hint !== `did you mean ${name}?`;
		});
		assert.deepEqual(lost, []);
	});
});

describe("every room", () => {
	const keys = ROOMS.map(({ key }) => key);

	test("takes an object or false", () => {
		assert.deepEqual(faults(Object.fromEntries(keys.map((key) => [key, {}]))), []);
		assert.deepEqual(faults(Object.fromEntries(keys.map((key) => [key, false]))), []);
	});

	for (const [value, name] of [
		[true, "true"],
		[null, "null"],
		["on", "a word"],
		[1, "a number"],
		[[], "a list"],
		[() => {}, "a function"],
	] as const) {
		test(`does not take ${name}`, () => {
			const kept = keys.filter((key) => checkOptions({ [key]: value }).length !== 1);
			assert.deepEqual(kept, []);
		});
	}

	test("says of true that leaving it out is enough", () => {
		assert.deepEqual(faults({ rateLimit: true }), [
			"OPTION_INVALID rateLimit -> leave rateLimit out for its defaults, or rateLimit: { ... }, or rateLimit: false",
		]);
	});
});

describe("names that do not exist", () => {
	const cases: readonly (readonly [unknown, string])[] = [
		[{ ratelimit: {} }, "OPTION_UNKNOWN ratelimit -> did you mean rateLimit?"],
		[{ prest: "web" }, "OPTION_UNKNOWN prest -> did you mean preset?"],
		[{ trustProxy: 1 }, "OPTION_UNKNOWN trustProxy -> did you mean proxy?"],
		[{ helmet: {} }, "OPTION_UNKNOWN helmet -> did you mean headers?"],
		[{ hsts: {} }, "OPTION_UNKNOWN hsts -> did you mean headers?"],
		[{ logger: {} }, "OPTION_UNKNOWN logger -> did you mean logging?"],
		[{ rateLimit: { max: 5 } }, "OPTION_UNKNOWN rateLimit.max -> did you mean limit?"],
		[{ rateLimit: { keyGenerator: () => "" } }, "OPTION_UNKNOWN rateLimit.keyGenerator -> did you mean key?"],
		[
			{ compression: { threshold: 1 } },
			"OPTION_UNKNOWN compression.threshold -> did you mean thresholdBytes?",
		],
		[{ shutdown: { timeout: 1 } }, "OPTION_UNKNOWN shutdown.timeout -> did you mean deadlineMs?"],
		[
			{ shutdown: { gracefulShutdownTimeout: 1 } },
			"OPTION_UNKNOWN shutdown.gracefulShutdownTimeout -> did you mean deadlineMs?",
		],
		[
			{ shutdown: { shutdownDelay: 1 } },
			"OPTION_UNKNOWN shutdown.shutdownDelay -> did you mean drainDelayMs?",
		],
		[
			{ rateLimit: { telemetry: 1 } },
			"OPTION_UNKNOWN rateLimit.telemetry -> one of limit, windowMs, algorithm, key, skip, name, onOutage, instances, dryRun",
		],
	];
	for (const [options, expected] of cases) {
		test(expected, () => {
			assert.deepEqual(faults(options), [expected]);
		});
	}

	test("a former name is only offered where it leads somewhere", () => {
		assert.doesNotMatch(faults({ proxy: { max: 1 } })[0]!, /limit/);
	});
});

describe("whom to trust", () => {
	const everybody: Readonly<Record<string, unknown>> = {
		"proxy: true": { proxy: true },
		"trust: true": { proxy: { trust: true } },
		"all of IPv4": { proxy: { trust: ["0.0.0.0/0"] } },
		"all of IPv6": { proxy: { trust: ["10.0.0.0/8", "::/0"] } },
		"any address with a prefix of nothing": { proxy: { trust: ["10.1.2.3/0"] } },
	};
	for (const [name, options] of Object.entries(everybody)) {
		test(`${name} would let every client choose its address`, () => {
			assert.deepEqual(
				checkOptions(options).map(({ code }) => code),
				["PROXY_TRUSTS_ALL"],
			);
		});
	}

	test("a header with the client's address needs peers from whom it is believed", () => {
		const clientHeader = "cf-connecting-ip";
		const codes = (proxy: object): string[] => checkOptions({ proxy }).map(({ code, at }) => `${code} ${at}`);
		assert.deepEqual(codes({ clientHeader }), ["OPTIONS_INCOHERENT proxy.clientHeader"]);
		assert.deepEqual(codes({ clientHeader, hops: 1 }), []);
		assert.deepEqual(codes({ clientHeader, trust: ["10.0.0.0/8"] }), []);
	});

	const refused: readonly unknown[] = [
		["example.com"],
		["10.0.0.0/33"],
		["10.0.0.0/"],
		["constructor"],
		[""],
		[1],
		"loopback",
	];
	for (const trust of refused) {
		test(`trust: ${JSON.stringify(trust)} is no list of addresses`, () => {
			assert.deepEqual(
				checkOptions({ proxy: { trust } }).map(({ code, at }) => `${code} ${at}`),
				["OPTION_INVALID proxy.trust"],
			);
		});
	}
});

describe("preset and platform", () => {
	const cases: readonly (readonly [unknown, readonly string[]])[] = [
		[{ preset: "web", platform: "auto" }, []],
		[{ platform: ["kubernetes", "aws-alb"] }, []],
		[{ preset: "wbe" }, ['OPTION_INVALID preset -> preset: "web"']],
		[{ preset: "everything" }, ['OPTION_INVALID preset -> preset: "api"']],
		[{ preset: false }, ['OPTION_INVALID preset -> preset: "api"']],
		[{ platform: "kubernets" }, ['OPTION_INVALID platform -> platform: "kubernetes"']],
		[{ platform: [] }, ['OPTION_INVALID platform -> platform: "auto"']],
		[{ platform: ["kubernetes", "aws-abl"] }, ['OPTION_INVALID platform -> platform: "aws-alb"']],
		[{ platform: ["auto"] }, ['OPTION_INVALID platform -> platform: "plain"']],
	];
	for (const [options, expected] of cases) {
		test(`${JSON.stringify(options)}: ${expected.length === 0 ? "right" : "wrong"}`, () => {
			assert.deepEqual(faults(options), expected);
		});
	}
});

describe("options that are no options", () => {
	for (const options of [null, 1, "web", [], true, () => {}]) {
		test(`${String(options) || "[]"} is one fault`, () => {
			assert.deepEqual(
				checkOptions(options).map(({ code, at }) => `${code} ${at}`),
				["OPTION_INVALID options"],
			);
		});
	}
});

test("a secret that is wrong is not shown", () => {
	const [fault] = checkOptions({ health: { token: "hunter2" } });
	assert.equal(fault?.at, "health.token");
	assert.doesNotMatch(JSON.stringify(fault), /hunter2/);
});

test("all faults are told, in the order in which they were written", () => {
	const options = { rateLimit: { limit: 0, windowMs: 1 }, nonsense: 1, cors: { origin: ["a.example"] } };
	assert.deepEqual(
		checkOptions(options).map(({ at }) => at),
		["rateLimit.limit", "rateLimit.windowMs", "nonsense", "cors.origin"],
	);
});
