import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { inspect } from "node:util";
import { pino } from "pino";
import { z } from "zod";
import { z as z3 } from "zod/v3";
import {
	bool,
	byteSize,
	defineEnv,
	developmentOnly,
	duration,
	integer,
	json,
	list,
	port,
	requiredIn,
	type Secret,
	type Shape,
	type StandardSchema,
	secret,
	url,
} from "../env.ts";
import { type Fault, ProductionReadyError } from "../errors.ts";

const strong = (): string => randomBytes(32).toString("base64url");

/** The faults of a shape in an environment, as `NAME CODE`, in the order of the report. */
function faults(shape: Shape, environment: Record<string, string>): string[] {
	return error(shape, environment).faults.map(({ at, code }) => `${at} ${code}`);
}

function error(shape: Shape, environment: Record<string, string>): ProductionReadyError {
	try {
		defineEnv(shape, { environment, onNotice: () => {} });
	} catch (thrown) {
		if (thrown instanceof ProductionReadyError) return thrown;
		throw thrown;
	}
	assert.fail("was accepted");
}

const development = { NODE_ENV: "development" };

test("values have the types and defaults that were declared", () => {
	const env = defineEnv(
		{
			PORT: port().default(3000),
			TTL: duration().default(30_000),
			LIMIT: byteSize(),
			DEBUG: bool().default(true),
			NAMES: list().optional(),
			SHARED: secret(),
			MAIL: z.email(),
			SETTINGS: json().pipe(z.object({ a: z.number() })),
		},
		{
			environment: {
				...development,
				LIMIT: "1mb",
				DEBUG: "false",
				SHARED: strong(),
				MAIL: "a@b.example",
				SETTINGS: '{"a":1}',
			},
		},
	);
	// The types are tested by `tsc`, which reads these lines too.
	const typed: {
		readonly PORT: number;
		readonly TTL: number;
		readonly LIMIT: number;
		readonly DEBUG: boolean;
		readonly NAMES: readonly string[] | undefined;
		readonly SHARED: Secret;
		readonly MAIL: string;
		readonly SETTINGS: { a: number };
	} = env;
	// @ts-expect-error A number is no string.
	const wrong: string = env.PORT;
	assert.equal(wrong, 3000);
	assert.deepEqual(
		[typed.PORT, typed.TTL, typed.LIMIT, typed.DEBUG, typed.NAMES, typed.MAIL, typed.SETTINGS.a],
		[3000, 30_000, 1_048_576, false, undefined, "a@b.example", 1],
	);
});

test("E146 all faults come in one report: missing ones first, each group by name", () => {
	const shape = { D: port(), C: z.string(), B: bool(), A: secret(), E: url(), F: duration() };
	const environment = { NODE_ENV: "production", D: "0x10", B: "maybe", A: "changeme", F: " " };
	assert.deepEqual(faults(shape, environment), [
		"C ENV_MISSING",
		"E ENV_MISSING",
		"F ENV_MISSING",
		"A ENV_WEAK_SECRET",
		"B ENV_INVALID",
		"D ENV_INVALID",
	]);
	const { message } = error(shape, environment);
	for (const name of Object.keys(shape)) assert.match(message, new RegExp(`^ {2}${name}: `, "m"));
});

test("a missing variable says which similar one is set", () => {
	const [fault] = error({ DATABASE_URL: url() }, { ...development, DATABSE_URL: "x" }).faults;
	assert.match(fault!.hint, /DATABSE_URL is set, did you mean DATABASE_URL/);
	const [lower] = error({ SESSION_KEY: secret() }, { ...development, session_key: "x" }).faults;
	assert.match(lower!.hint, /session_key is set/);
});

test("E146 a program with faults ends with 1 before it listens, and prints each fault once", () => {
	const program = `
		import { defineEnv, port, secret } from ${JSON.stringify(new URL("../env.ts", import.meta.url).href)};
		defineEnv({ PORT: port(), KEY: secret() });
		console.log("listening");`;
	const run = spawnSync(process.execPath, ["--input-type=module", "-e", program], {
		encoding: "utf8",
		env: { PATH: process.env.PATH, NODE_ENV: "production", PORT: "hunter2" },
	});
	assert.equal(run.status, 1);
	assert.equal(run.stdout, "");
	assert.equal(run.stderr.match(/PORT: is not a whole number/g)?.length, 1);
	assert.doesNotMatch(run.stderr, /hunter2/);
});

test("the result is frozen, without prototype, and throws for unknown names", async () => {
	const env = defineEnv(
		{ PORT: port().default(1), NAMES: list(), SETTINGS: json() },
		{ environment: { ...development, NAMES: "a,b", SETTINGS: '{"deep":{"a":1}}' } },
	);
	assert.ok(Object.isFrozen(env) && Object.isFrozen(env.NAMES));
	assert.ok(Object.isFrozen((env.SETTINGS as { deep: object }).deep));
	assert.equal(Object.getPrototypeOf(env), null);
	assert.throws(() => Object.assign(env, { PORT: 2 }), TypeError);
	assert.throws(() => Reflect.get(env, "PROT_"), { code: "ENV_UNKNOWN" });
	assert.throws(() => Reflect.get(env, "port"), { code: "ENV_UNKNOWN", hint: "did you mean PORT?" });
	assert.throws(() => Reflect.get(env, "hasOwnProperty"), { code: "ENV_UNKNOWN" });
	assert.equal(await env, env);
	assert.deepEqual(Object.keys(env), ["PORT", "NAMES", "SETTINGS"]);
	assert.deepEqual({ ...env }, { PORT: 1, NAMES: ["a", "b"], SETTINGS: { deep: { a: 1 } } });
	assert.equal("OTHER" in env, false);
});

test("E152 names of Object.prototype are variables like any other", () => {
	const shape = {
		["__proto__"]: port(),
		constructor: port(),
		toString: port().default(3),
		// biome-ignore lint/suspicious/noThenProperty: that is the point
		then: port().optional(),
	};
	assert.deepEqual(faults(shape, development), ["__proto__ ENV_MISSING", "constructor ENV_MISSING"]);
	const environment = JSON.parse('{"NODE_ENV":"test","__proto__":"1","constructor":"2"}');
	const env = defineEnv(shape, { environment });
	assert.deepEqual(Object.entries(env).flat(), [
		"__proto__",
		1,
		"constructor",
		2,
		"toString",
		3,
		"then",
		undefined,
	]);
	assert.equal(Object.getPrototypeOf(env), null);
	assert.equal(Reflect.get({}, "PORT"), undefined);
});

test("E148 E155 printing the env hides its secrets", () => {
	const env = defineEnv(
		{
			KEY: secret(),
			REDIS: url(),
			DATABASE: url({ protocols: ["postgres"], secret: true }),
			STRIPE_API_KEY: z.string(),
			SETTINGS: json(),
		},
		{
			environment: {
				...development,
				KEY: `hunter2${strong()}`,
				REDIS: "redis://u:hunter2@h",
				DATABASE: "postgres://u:hunter2@h/db",
				STRIPE_API_KEY: "hunter2",
				SETTINGS: '{"smtp":[{"password":"hunter2","url":"smtp://u:hunter2@h","port":25}]}',
			},
		},
	);
	const lines: string[] = [];
	pino({}, { write: (line) => lines.push(line) }).info({ env, database: env.DATABASE, key: env.KEY });
	const printed = [
		inspect(env),
		inspect(env, { showHidden: true, showProxy: true, depth: null }),
		inspect({ env }),
		JSON.stringify(env),
		JSON.stringify({ env }),
		`${env.KEY} ${env.DATABASE}`,
		...lines,
	];
	for (const text of printed) assert.doesNotMatch(text, /hunter2/);
	assert.equal(
		JSON.stringify(env.DATABASE) + JSON.stringify(JSON.parse(JSON.stringify(env)).SETTINGS),
		'"postgres://[secret]@h/db"{"smtp":[{"password":"[secret]","url":"smtp://[secret]@h","port":25}]}',
	);
	assert.equal(env.DATABASE.reveal(), "postgres://u:hunter2@h/db");
	assert.equal(env.REDIS, "redis://u:hunter2@h");
});

test("a development default never passes in production, whatever NODE_ENV is mistyped as", () => {
	const shape = { PORT: developmentOnly(port(), 3000), KEY: developmentOnly(secret(), "dev") };
	for (const NODE_ENV of ["development", "test"]) {
		const env = defineEnv(shape, { environment: { NODE_ENV } });
		assert.deepEqual([env.PORT, env.KEY.reveal(), `${env.KEY}`], [3000, "dev", "[secret]"]);
	}
	for (const NODE_ENV of ["production", "staging", "", "development "]) {
		const reported = faults(shape, { NODE_ENV });
		assert.deepEqual(reported.slice(0, 2), ["KEY ENV_MISSING", "PORT ENV_MISSING"], NODE_ENV);
	}
});

test("requiredIn requires in the modes and stages named, and nowhere else", () => {
	const shape = {
		KEY: requiredIn(secret(), ["staging"]),
		MAIL: requiredIn(port().default(25), ["production"]),
	};
	const typed: { readonly KEY: Secret | undefined; readonly MAIL: number | undefined } = defineEnv(shape, {
		environment: development,
	});
	assert.deepEqual([typed.KEY, typed.MAIL], [undefined, 25]);
	assert.deepEqual(faults(shape, { NODE_ENV: "production" }), ["MAIL ENV_MISSING"]);
	assert.deepEqual(faults(shape, { NODE_ENV: "test", APP_ENV: "staging" }), ["KEY ENV_MISSING"]);
	const both = { KEY: developmentOnly(requiredIn(port(), ["production"]), 1) };
	assert.deepEqual(faults(both, { NODE_ENV: "production" }), ["KEY ENV_MISSING"]);
	assert.equal(defineEnv(both, { environment: development }).KEY, 1);
});

test("E149 weak and reused secrets stop production and are notices elsewhere", () => {
	const shared = strong();
	const shape = { A: secret(), B: secret(), C: secret(), D: secret({ minBytes: 16 }) };
	const environment = { A: "changeme", B: shared, C: shared, D: randomBytes(8).toString("hex") };
	const expected = ["A ENV_WEAK_SECRET", "C ENV_WEAK_SECRET"];
	assert.deepEqual(faults(shape, environment), expected);
	const notices: Fault[] = [];
	defineEnv(shape, {
		environment: { ...environment, ...development },
		onNotice: (notice) => notices.push(notice),
	});
	assert.deepEqual(
		notices.map(({ at, code }) => `${at} ${code}`),
		expected,
	);
});

test("notices are warnings of the process unless somebody listens", async () => {
	const warned = new Promise<Error & { code?: string }>((resolve) => process.once("warning", resolve));
	defineEnv({ A: secret() }, { environment: { ...development, A: "changeme" } });
	const warning = await warned;
	assert.equal(warning.code, "ENV_WEAK_SECRET");
	assert.doesNotMatch(inspect(warning), /changeme/);
});

test("NODE_ENV is judged too, unless the shape declares it", () => {
	assert.deepEqual(faults({}, { NODE_ENV: "prod" }), ["NODE_ENV ENV_INVALID"]);
	const own = { NODE_ENV: z.enum(["prod"]) };
	assert.equal(defineEnv(own, { environment: { NODE_ENV: "prod" } }).NODE_ENV, "prod");
	const notices: Fault[] = [];
	defineEnv({}, { environment: { NODE_ENV: "staging" }, onNotice: (notice) => notices.push(notice) });
	assert.match(notices[0]!.hint, /APP_ENV=staging/);
});

test("unsafe settings of the process stop production only, and can be made notices", () => {
	const environment = {
		NODE_ENV: "production",
		NODE_TLS_REJECT_UNAUTHORIZED: "0",
		NODE_OPTIONS: "--inspect",
	};
	assert.deepEqual(faults({}, environment), [
		"NODE_OPTIONS ENV_UNSAFE",
		"NODE_TLS_REJECT_UNAUTHORIZED ENV_UNSAFE",
	]);
	defineEnv({}, { environment: { ...environment, ...development } });
	const notices: Fault[] = [];
	defineEnv({}, { environment, unsafe: "notice", onNotice: (notice) => notices.push(notice) });
	assert.equal(notices.length, 2);
});

test("a prefix tells which variables nothing reads", () => {
	const notices: Fault[] = [];
	defineEnv(
		{ APP_PORT: port().default(1), APP_KEY: secret().optional() },
		{
			environment: { ...development, APP_PROT: "1", APP_ENV: "x", APP_KEY_FILE: " ", OTHER: "1" },
			prefix: "APP_",
			onNotice: (notice) => notices.push(notice),
		},
	);
	assert.deepEqual(
		notices.map(({ at, code, hint }) => [at, code, hint]),
		[["APP_PROT", "ENV_UNKNOWN", "did you mean APP_PORT?"]],
	);
});

test("secrets come from files, and nothing else does", () => {
	const folder = mkdtempSync(join(tmpdir(), "define-env-"));
	const path = join(folder, "key");
	const text = strong();
	writeFileSync(path, `${text}\n`);
	const shape = {
		KEY: secret().describe("signs"),
		DB: url({ secret: true }).optional(),
		PORT: port().optional(),
	};
	const env = defineEnv(shape, { environment: { ...development, KEY_FILE: path, PORT_FILE: path } });
	assert.equal(env.KEY.reveal(), text);
	assert.equal(env.PORT, undefined);
	assert.deepEqual(faults(shape, { ...development, KEY_FILE: path, KEY: "x", DB_FILE: folder }), [
		"DB_FILE ENV_FILE",
		"KEY ENV_FILE",
	]);
	rmSync(folder, { recursive: true });
});

test("quotes that were kept are a fault for any schema but JSON", () => {
	assert.deepEqual(faults({ A: z.string(), B: port() }, { ...development, A: '"a"', B: "'1'" }), [
		"A ENV_INVALID",
		"B ENV_INVALID",
	]);
	const env = defineEnv(
		{ A: json(), B: z.string() },
		{ environment: { ...development, A: '"a"', B: '"a" or "b"' } },
	);
	assert.deepEqual({ ...env }, { A: "a", B: '"a" or "b"' });
});

/** A schema of some other library. */
function foreign(validate: StandardSchema<string>["~standard"]["validate"]): StandardSchema<string> {
	return { "~standard": { version: 1, vendor: "other", validate } };
}

test("any Standard Schema works; one that is asynchronous or throws is a fault that says so", () => {
	const upper = foreign((value) =>
		typeof value === "string" ? { value: value.toUpperCase() } : { issues: [{ message: "missing" }] },
	);
	const typed: { readonly A: string } = defineEnv({ A: upper }, { environment: { ...development, A: "a" } });
	assert.equal(typed.A, "A");
	assert.deepEqual(faults({ A: upper }, development), ["A ENV_MISSING"]);

	const broken = {
		A: foreign(async (value) => ({ value: String(value) })),
		B: foreign(() => Promise.reject(new Error("no"))),
		C: foreign(() => {
			throw new Error("no");
		}),
		D: z.string().refine(async () => true),
		E: z.string().transform((text) => JSON.parse(text)),
	};
	const { faults: found } = error(broken, { ...development, A: "a", B: "b", C: "c", D: "d", E: "{" });
	assert.deepEqual(
		found.map(({ at, problem }) => [at, /asynchronous|throws/.test(problem)]),
		Object.keys(broken).map((name) => [name, true]),
	);
});

test("schemas of zod 3 work, with their defaults and descriptions", () => {
	const shape = { A: z3.coerce.number().min(10).describe("how many"), B: z3.string().default("b") };
	const typed: { readonly A: number; readonly B: string } = defineEnv(shape, {
		environment: { ...development, A: "12" },
	});
	assert.deepEqual({ ...typed }, { A: 12, B: "b" });
	assert.deepEqual(faults(shape, { ...development, A: "3" }), ["A ENV_INVALID"]);
	assert.deepEqual(faults({ A: z3.coerce.boolean().optional() }, { ...development, A: "3" }), [
		"A ENV_INVALID",
	]);
	assert.match(error({ A: z3.string().describe("how many") }, development).faults[0]!.problem, /how many/);
});

test("z.coerce.boolean, which takes false for true, is refused", () => {
	assert.deepEqual(
		faults({ A: z.coerce.boolean().default(true).describe("x") }, { ...development, A: "false" }),
		["A ENV_INVALID"],
	);
});

test("a schema's own message is shown as long as it cannot hold the value", () => {
	const even = integer().refine((value) => value % 2 === 0, "must be even");
	const quoting = z.string().refine(() => false, { error: (issue) => `bad ${issue.input}` });
	const found = error({ A: even, B: quoting }, { ...development, A: "3", B: "hunter2" }).faults;
	assert.match(found[0]!.problem, /must be even/);
	assert.equal(found[1]!.problem, "is refused by its schema");
});

test("E154 process.env is the default, is never written, and later writes are not seen", () => {
	process.env.DEFINE_ENV_TEST = "1";
	const before = { ...process.env };
	const env = defineEnv(
		{ DEFINE_ENV_TEST: integer(), ABSENT_TEST: port().default(1) },
		{ onNotice: () => {} },
	);
	assert.deepEqual({ ...process.env }, before);
	process.env.DEFINE_ENV_TEST = "2";
	assert.equal(env.DEFINE_ENV_TEST, 1);
	delete process.env.DEFINE_ENV_TEST;
	defineEnv({ PORT: port() }, { environment: Object.freeze({ ...development, PORT: "1\n" }) });
});
