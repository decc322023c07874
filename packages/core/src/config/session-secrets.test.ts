import assert from "node:assert/strict";
import { test } from "node:test";
import { ProductionReadyError } from "../errors.ts";
import type { Options } from "./options.ts";
import { resolveOptions } from "./resolve.ts";

const STRONG = "8Xb1Zc0T5uQ2pR7sW4vY9aD3fG6hJ1kL";
type Variables = Readonly<Record<string, string>>;

function faults(options: Options, variables: Variables = {}): string[] {
	try {
		resolveOptions(options, { NODE_ENV: "production", ...variables });
	} catch (error) {
		assert.ok(error instanceof ProductionReadyError);
		for (const { problem, hint } of error.faults) assert.doesNotMatch(problem + hint, /keyboard|hunter2/);
		return error.faults.map(({ code, at }) => `${code} ${at}`);
	}
	return [];
}

const notices = (options: Options, variables: Variables): string[] =>
	resolveOptions(options, variables).notices.map(({ code, at }) => `${code} ${at}`);

test("N141: production does not start with a secret that can be guessed, or with none", () => {
	for (const secret of [
		"keyboard cat",
		"x",
		"a".repeat(64),
		"hunter2",
		"averylogphrasebiggerthanthirtytwochars",
	]) {
		assert.deepEqual(faults({ session: { secret } }), ["ENV_WEAK_SECRET session.secret"], secret);
		assert.deepEqual(faults({}, { SESSION_SECRET: secret }), ["ENV_WEAK_SECRET SESSION_SECRET"], secret);
	}
	assert.deepEqual(faults({ session: { secret: [STRONG, "keyboard cat"] } }), [
		"ENV_WEAK_SECRET session.secret",
	]);
	assert.deepEqual(faults({ preset: "web" }), ["ENV_MISSING SESSION_SECRET"]);
	assert.deepEqual(faults({ session: {} }), ["ENV_MISSING SESSION_SECRET"]);
	assert.deepEqual(faults({ preset: "web" }, { SESSION_SECRET: STRONG }), []);
	assert.deepEqual(faults({ preset: "web", session: false }), []);
});

test("in development the process makes one and says so; a weak one is said too; a test says nothing", () => {
	const development = { NODE_ENV: "development" };
	assert.deepEqual(notices({ preset: "web" }, development), ["SESSION_SECRET_MADE SESSION_SECRET"]);
	assert.deepEqual(notices({ session: { secret: "x" } }, development), ["ENV_WEAK_SECRET session.secret"]);
	assert.deepEqual(notices({ preset: "web" }, { NODE_ENV: "test" }), []);
});

test("N142: several instances do not keep sessions in memory, unless somebody says why they may", () => {
	const several = { KUBERNETES_SERVICE_HOST: "10.0.0.1", SESSION_SECRET: STRONG };
	const store = { get() {}, set() {}, destroy() {} };
	assert.deepEqual(faults({}, several), ["MEMORY_STORE session.store"]);
	assert.deepEqual(faults({ platform: "aws-alb" }, { SESSION_SECRET: STRONG }), [
		"MEMORY_STORE session.store",
	]);
	assert.deepEqual(faults({ session: { allowMemoryStore: "one replica" } }, several), []);
	assert.deepEqual(faults({ session: { store } }, several), []);
	assert.deepEqual(faults({}, { ...several, REDIS_URL: "redis://redis.example.com" }), []);
	assert.deepEqual(faults({ platform: ["docker", "nginx"] }, { SESSION_SECRET: STRONG }), []);
});

test("a variable that code overrides is said once", () => {
	const variables = { NODE_ENV: "development", SESSION_SECRET: STRONG };
	assert.deepEqual(notices({ session: { secret: `${STRONG}2` } }, variables), [
		"CODE_OVERRIDES_ENV SESSION_SECRET",
	]);
	assert.deepEqual(notices({ session: false }, variables), ["CODE_OVERRIDES_ENV SESSION_SECRET"]);
});

test("a store is kept as it is, and never shown", () => {
	const store = { get() {}, set() {}, destroy() {}, client: { password: "hunter2" } };
	const config = resolveOptions({ session: { secret: STRONG, store } }, { NODE_ENV: "production" });
	assert.equal((config.rooms.session as { store: unknown }).store, store);
	assert.equal(Object.isFrozen(store), false);
});
