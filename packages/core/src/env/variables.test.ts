import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { inspect } from "node:util";
import { readVariables, VARIABLES } from "./variables.ts";

const strong = (): string => randomBytes(32).toString("base64url");

function codes(environment: Record<string, string>): string[] {
	return readVariables(environment).faults.map(({ at, code }) => `${at} ${code}`);
}

test("all variables are read", () => {
	const [newer, older] = [strong(), strong()];
	const { variables, faults, notices, given } = readVariables({
		NODE_ENV: "production",
		APP_ENV: "staging",
		PORT: "8080\n",
		HOST: "0.0.0.0",
		LOG_LEVEL: "warn",
		REDIS_URL: "rediss://u:hunter2@redis:6379/0",
		REDIS_PASSWORD: "hunter3",
		REDIS_TLS: "no",
		REDIS_PREFIX: "shop:",
		SESSION_SECRET: `${newer}, ${older}`,
		TRUST_PROXY: "10.0.0.0/8",
		EXTERNAL_URL: "https://shop.example",
		SHUTDOWN_GRACE_SECONDS: "30",
		UNRELATED: "x",
	});
	assert.deepEqual([faults, notices], [[], []]);
	const { redisUrl, redisPassword, sessionSecrets, ...plain } = variables;
	assert.deepEqual(
		{ ...plain },
		{
			nodeEnv: "production",
			appEnv: "staging",
			port: 8080,
			host: "0.0.0.0",
			logLevel: "warn",
			redisTls: false,
			redisPrefix: "shop:",
			trustProxy: { trust: ["10.0.0.0/8"] },
			externalUrl: "https://shop.example",
			shutdownGraceSeconds: 30,
		},
	);
	assert.equal(redisUrl?.reveal(), "rediss://u:hunter2@redis:6379/0");
	assert.equal(redisPassword?.reveal(), "hunter3");
	assert.deepEqual(
		sessionSecrets?.map((secret) => secret.reveal()),
		[newer, older],
	);
	assert.deepEqual(
		Object.keys(given).sort(),
		Object.values(VARIABLES)
			.map(({ name }) => name)
			.sort(),
	);
	assert.match(inspect(variables), /rediss:\/\/\[secret\]@redis:6379/);
	for (const text of ["hunter", newer, older]) {
		assert.ok(!`${inspect(variables)}${JSON.stringify(variables)}`.includes(text));
	}
});

test("what is not set is undefined, and the result is frozen and has no prototype", () => {
	const { variables, faults, given } = readVariables({});
	assert.deepEqual(faults, []);
	assert.deepEqual({ ...given }, {});
	assert.deepEqual(Object.keys(variables), Object.keys(VARIABLES));
	assert.ok(Object.values(variables).every((value) => value === undefined));
	assert.equal(Object.getPrototypeOf(variables), null);
	const { variables: set } = readVariables({ TRUST_PROXY: "::1", SESSION_SECRET: strong() });
	assert.ok(Object.isFrozen(set) && Object.isFrozen(set.sessionSecrets));
	assert.ok(set.trustProxy && "trust" in set.trustProxy && Object.isFrozen(set.trustProxy.trust));
});

test("E146 what is not right is a fault, all at once", () => {
	const wrong = {
		NODE_ENV: "prod",
		APP_ENV: "my stage",
		PORT: "0x10",
		HOST: "http://localhost:3000",
		LOG_LEVEL: "INFO",
		REDIS_URL: "http://h",
		REDIS_TLS: "maybe",
		REDIS_PREFIX: "a b",
		TRUST_PROXY: "true",
		EXTERNAL_URL: "https://u:p@h",
		SHUTDOWN_GRACE_SECONDS: "30s",
	};
	assert.deepEqual(
		codes(wrong),
		Object.keys(wrong).map(
			(name) => `${name} ${name === "TRUST_PROXY" ? "PROXY_TRUSTS_ALL" : "ENV_INVALID"}`,
		),
	);
});

test("EXTERNAL_URL has a host that one can ask for", () => {
	for (const url of ["https://*.example.com", "https://a..b", "https://exa!mple.com"]) {
		assert.deepEqual(codes({ EXTERNAL_URL: url }), ["EXTERNAL_URL ENV_INVALID"], url);
	}
	for (const url of [
		"https://bücher.example",
		"http://localhost:3000",
		"https://[::1]:8443/",
		"https://a_b.",
	]) {
		assert.deepEqual(codes({ EXTERNAL_URL: url }), [], url);
	}
});

test("E149 each secret of a rotation is judged: a fault in production, a notice elsewhere", () => {
	const environment = { SESSION_SECRET: `${strong()},changeme`, NODE_ENV: "production" };
	assert.deepEqual(codes(environment), ["SESSION_SECRET ENV_WEAK_SECRET"]);
	const listed = { SESSION_SECRET: `${strong()},${strong()},x`, NODE_ENV: "production" };
	assert.match(
		readVariables(listed).faults[0]!.problem,
		/^has 3 secrets, and number 3 is shorter than 32 bytes$/,
	);
	const { faults, notices } = readVariables({ ...environment, NODE_ENV: "development" });
	assert.deepEqual(faults, []);
	assert.equal(notices[0]?.code, "ENV_WEAK_SECRET");
	const shared = strong();
	assert.deepEqual(codes({ SESSION_SECRET: shared, REDIS_PASSWORD: shared }), [
		"REDIS_PASSWORD ENV_WEAK_SECRET",
	]);
	assert.deepEqual(codes({ SESSION_SECRET: `${shared},${shared}` }), ["SESSION_SECRET ENV_WEAK_SECRET"]);
});

test("secrets come from files too, other variables do not", () => {
	const folder = mkdtempSync(join(tmpdir(), "env-variables-"));
	const path = join(folder, "secret");
	const text = strong();
	writeFileSync(path, `${text}\n`);
	const read = readVariables({ SESSION_SECRET_FILE: path, REDIS_PASSWORD_FILE: "/nowhere", PORT_FILE: path });
	rmSync(folder, { recursive: true });
	assert.equal(read.variables.sessionSecrets?.[0]?.reveal(), text);
	assert.equal(read.given.SESSION_SECRET, "file");
	assert.equal(read.variables.port, undefined);
	assert.deepEqual(
		read.faults.map(({ at, code }) => `${at} ${code}`),
		["REDIS_PASSWORD_FILE ENV_FILE"],
	);
});

test("E152 E154 the environment is not written, and its names pollute nothing", () => {
	const environment = Object.freeze(JSON.parse('{"__proto__":"x","constructor":"y","PORT":"1\\n"}'));
	assert.equal(readVariables(environment).variables.port, 1);
	assert.equal(({} as Record<string, unknown>).x, undefined);
	const before = { ...process.env };
	readVariables(process.env);
	assert.deepEqual({ ...process.env }, before);
});

test("reading the variables does not load zod", () => {
	const program = `
		import { registerHooks } from "node:module";
		const seen = [];
		registerHooks({ resolve(name, context, next) { seen.push(name); return next(name, context); } });
		await import(${JSON.stringify(new URL("./variables.ts", import.meta.url).href)});
		console.log(seen.filter((name) => !name.startsWith(".") && !name.startsWith("node:")).length, seen.length > 5);`;
	const run = spawnSync(process.execPath, ["--input-type=module", "-e", program], { encoding: "utf8" });
	assert.equal(run.stdout.trim(), "1 true", run.stderr);
});
