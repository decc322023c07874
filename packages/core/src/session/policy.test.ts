import assert from "node:assert/strict";
import { test } from "node:test";
import { partPolicy } from "./part.ts";
import { type CookieAttributes, secretTexts, sessionPolicy } from "./policy.ts";
import { SESSION, type SessionOptions } from "./session.ts";

const policyOf = (options: SessionOptions = {}) =>
	sessionPolicy({ ...SESSION.DEFAULTS, ...(options as object) }, ["secret"]);

function cookies(options: SessionOptions): string[] {
	const { secure, plain } = policyOf(options);
	return [secure, plain].map(({ name, attributes }) => {
		const { secure: isSecure, sameSite } = attributes as CookieAttributes;
		return `${name} ${isSecure ? "secure" : "plain"} ${String(sameSite)}`;
	});
}

test("the cookie over https and the one over http never have one name, unless nothing is ever secure", () => {
	assert.deepEqual(cookies({}), ["__Host-sid secure lax", "sid plain lax"]);
	assert.deepEqual(cookies({ name: "my" }), ["__Host-my secure lax", "my plain lax"]);
	assert.deepEqual(cookies({ name: "__Host-my" }), ["__Host-my secure lax", "my plain lax"]);
	assert.deepEqual(cookies({ name: "__Secure-my" }), ["__Secure-my secure lax", "my plain lax"]);
	assert.deepEqual(cookies({ cookie: { domain: "example.com" } }), ["sid secure lax", "sid plain lax"]);
	assert.deepEqual(cookies({ cookie: { path: "/shop" } }), ["sid secure lax", "sid plain lax"]);
	assert.deepEqual(cookies({ cookie: { secure: false } }), ["sid plain lax", "sid plain lax"]);
	assert.deepEqual(cookies({ cookie: { secure: true } }), ["__Host-sid secure lax", "sid secure lax"]);
	assert.deepEqual(cookies({ cookie: { sameSite: "none" } }), ["__Host-sid secure none", "sid plain lax"]);
});

test("a part's maxAge is how long its sessions live, and takes their age away, unless it says one", () => {
	const times = (options: object): number[] => {
		const { idleTimeoutMs, absoluteTimeoutMs } = partPolicy(policyOf(), options);
		return [idleTimeoutMs, absoluteTimeoutMs];
	};
	assert.deepEqual(times({}), [1_800_000, 43_200_000]);
	assert.deepEqual(times({ cookie: { maxAge: 5_000 } }), [5_000, Number.POSITIVE_INFINITY]);
	assert.deepEqual(times({ cookie: { maxAge: 5_000 }, absoluteTimeoutMs: 9_000 }), [5_000, 9_000]);
	assert.deepEqual(times({ idleTimeoutMs: 2_000 }), [2_000, 43_200_000]);
});

test("a secret is a text, something that hides one, or a list of both", () => {
	assert.deepEqual(secretTexts(undefined), []);
	assert.deepEqual(secretTexts("a"), ["a"]);
	assert.deepEqual(secretTexts(["a", { reveal: () => "b" }]), ["a", "b"]);
});

test("what cannot go together stops the boot", () => {
	const faults = (options: SessionOptions): string[] =>
		SESSION.coherence!({ ...SESSION.DEFAULTS, ...(options as object) }).map(({ at }) => at);
	assert.deepEqual(faults({}), []);
	assert.deepEqual(faults({ idleTimeoutMs: 2_000, absoluteTimeoutMs: 1_000 }), ["session.idleTimeoutMs"]);
	assert.deepEqual(faults({ cookie: { sameSite: "none", secure: false } }), ["session.cookie"]);
	assert.deepEqual(faults({ cookie: { sameSite: "none" } }), []);
	assert.deepEqual(faults({ name: "__Host-a", cookie: { domain: "example.com" } }), ["session.name"]);
	assert.deepEqual(faults({ name: "__Host-a", cookie: { path: "/a" } }), ["session.name"]);
	assert.deepEqual(faults({ name: "__Secure-a", cookie: { secure: false } }), ["session.name"]);
	assert.deepEqual(faults({ name: "__Secure-a", cookie: { domain: "example.com" } }), []);
});
