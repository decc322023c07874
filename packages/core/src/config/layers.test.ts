import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { deadlineWithin } from "./layers.ts";
import type { Options } from "./options.ts";
import type { PlatformName } from "./platforms.ts";
import { type Config, resolveOptions } from "./resolve.ts";

type Variables = Readonly<Record<string, string>>;

function resolve(platform: readonly PlatformName[] | "auto", variables: Variables = {}): Config {
	return resolveOptions({ platform }, { NODE_ENV: "production", ...variables });
}

function shutdownOf(config: Config): { deadlineMs: number; drainDelayMs: number; lingerMs: number } {
	const { deadlineMs, drainDelayMs, lingerMs } = config.rooms.shutdown as Record<string, number>;
	return { deadlineMs: deadlineMs!, drainDelayMs: drainDelayMs!, lingerMs: lingerMs! };
}

describe("a deadline leaves time for the exit: a fifth of the grace, at most two seconds", () => {
	const table: readonly (readonly [graceSeconds: number, deadlineMs: number])[] = [
		[90, 88_000],
		[30, 28_000],
		[10, 8_000],
		[5, 4_000],
		[1.6, 1_280],
		[0.5, 400],
	];
	for (const [graceSeconds, deadlineMs] of table) {
		test(`${graceSeconds} s of grace are a deadline of ${deadlineMs} ms`, () => {
			assert.equal(deadlineWithin(graceSeconds * 1_000), deadlineMs);
		});
	}

	test("it is a whole number, and always before the kill", () => {
		for (let graceMs = 1; graceMs < 20_000; graceMs += 37) {
			const deadlineMs = deadlineWithin(graceMs);
			assert.ok(Number.isInteger(deadlineMs) && deadlineMs <= graceMs, `${graceMs} -> ${deadlineMs}`);
		}
	});
});

describe("the deadline of a platform", () => {
	const platforms: readonly (readonly [PlatformName, number])[] = [
		["plain", 8_000],
		["kubernetes", 28_000],
		["heroku", 28_000],
		["cloud-run", 8_000],
		["docker", 8_000],
		["fly", 4_000],
		["pm2", 1_280],
		["systemd", 88_000],
	];
	for (const [platform, deadlineMs] of platforms) {
		test(`${platform}: ${deadlineMs} ms`, () => {
			assert.equal(shutdownOf(resolve([platform])).deadlineMs, deadlineMs);
		});
	}

	test("is unknown where nobody knows the grace", () => {
		assert.equal(resolve(["plain"]).graceMs, undefined);
		assert.equal(resolve(["nginx"]).graceMs, undefined);
	});

	test("is that of the shortest of several managers", () => {
		assert.equal(shutdownOf(resolve(["systemd", "pm2"])).deadlineMs, 1_280);
	});
});

describe("SHUTDOWN_GRACE_SECONDS", () => {
	const table: readonly (readonly [string, number])[] = [
		["60", 58_000],
		["30", 28_000],
		["10", 8_000],
		["5", 4_000],
		["1.6", 1_280],
	];
	for (const [seconds, deadlineMs] of table) {
		test(`=${seconds} is a deadline of ${deadlineMs} ms`, () => {
			assert.equal(
				shutdownOf(resolve(["plain"], { SHUTDOWN_GRACE_SECONDS: seconds })).deadlineMs,
				deadlineMs,
			);
		});
	}

	test("wins over what the platform says by default", () => {
		const config = resolve(["kubernetes"], { SHUTDOWN_GRACE_SECONDS: "120" });
		assert.deepEqual([config.graceMs, shutdownOf(config).deadlineMs], [120_000, 118_000]);
		assert.equal(config.origins["shutdown.deadlineMs"], "env:SHUTDOWN_GRACE_SECONDS");
	});

	test("below ten seconds leaves no time for a delay", () => {
		const { drainDelayMs } = shutdownOf(resolve(["kubernetes"], { SHUTDOWN_GRACE_SECONDS: "9" }));
		assert.equal(drainDelayMs, 0);
		assert.equal(shutdownOf(resolve(["kubernetes"], { SHUTDOWN_GRACE_SECONDS: "10" })).drainDelayMs, 5_000);
	});

	test("of nothing is said, and the deadline is the one for an unknown platform", () => {
		const config = resolve(["plain"], { SHUTDOWN_GRACE_SECONDS: "0" });
		assert.deepEqual(
			config.notices.map(({ code }) => code),
			["NO_GRACE"],
		);
		assert.deepEqual([config.graceMs, shutdownOf(config).deadlineMs], [0, 8_000]);
	});

	test("as short as it may be, it never stops the boot by what the platform says", () => {
		const platforms: readonly (readonly PlatformName[])[] = [
			["kubernetes", "aws-alb"],
			["heroku"],
			["nginx"],
			["plain"],
		];
		for (const names of platforms) {
			for (const seconds of ["0.5", "1", "2", "5", "9.9", "10"]) {
				const { deadlineMs, drainDelayMs, lingerMs } = shutdownOf(
					resolve(names, { SHUTDOWN_GRACE_SECONDS: seconds }),
				);
				assert.ok(drainDelayMs + lingerMs < deadlineMs, `${names}, ${seconds} s`);
			}
		}
	});
});

describe("delay and linger", () => {
	const table: readonly (readonly [readonly PlatformName[], drainDelayMs: number, lingerMs: number])[] = [
		[["plain"], 0, 0],
		[["kubernetes"], 5_000, 0],
		[["aws-alb"], 0, 1_000],
		[["kubernetes", "aws-alb"], 5_000, 1_000],
		[["heroku"], 0, 1_000],
		[["kubernetes", "pm2"], 0, 0],
	];
	for (const [names, drainDelayMs, lingerMs] of table) {
		test(`on ${names.join(" + ")}: ${drainDelayMs} ms and ${lingerMs} ms`, () => {
			const values = shutdownOf(resolve(names));
			assert.deepEqual([values.drainDelayMs, values.lingerMs], [drainDelayMs, lingerMs]);
		});
	}
});

describe("keep-alive", () => {
	const table: readonly (readonly [readonly PlatformName[], number])[] = [
		[["plain"], 65_000],
		[["aws-alb"], 65_000],
		[["kubernetes", "nginx"], 65_000],
		[["heroku"], 95_000],
		[["gcp-lb"], 620_000],
		[["traefik"], 95_000],
	];
	for (const [names, keepAliveTimeoutMs] of table) {
		test(`behind ${names.join(" + ")}: ${keepAliveTimeoutMs} ms`, () => {
			const { server } = resolve(names).rooms;
			assert.equal((server as Record<string, number>).keepAliveTimeoutMs, keepAliveTimeoutMs);
		});
	}
});

describe("EXTERNAL_URL", () => {
	const url = (text: string, options: Options = {}): Config =>
		resolveOptions(options, { NODE_ENV: "production", EXTERNAL_URL: text });

	test("serves its host and no other, and says where https is", () => {
		const { rooms, origins } = url("https://Example.com:8443/", { https: {} });
		assert.deepEqual(rooms.hosts, { allowed: ["example.com"] });
		assert.deepEqual(rooms.https, { redirect: true, host: "example.com:8443" });
		assert.deepEqual(
			[origins["hosts.allowed"], origins["https.host"]],
			["env:EXTERNAL_URL", "env:EXTERNAL_URL"],
		);
	});

	test("does not turn the redirect on", () => {
		assert.equal(url("https://example.com").rooms.https, false);
	});

	test("does not turn on what code has turned off, nor say more than the code's list", () => {
		assert.equal(url("https://example.com", { hosts: false }).rooms.hosts, false);
		const { rooms } = url("https://example.com", {
			hosts: { allowed: [".example.com"] },
			https: { host: "a.b" },
		});
		assert.deepEqual(rooms.hosts, { allowed: [".example.com"] });
		assert.deepEqual(rooms.https, { redirect: true, host: "a.b" });
	});

	test("that begins with http says nothing of where https is", () => {
		const config = resolveOptions(
			{ https: {} },
			{ NODE_ENV: "development", EXTERNAL_URL: "http://localhost:3000" },
		);
		assert.deepEqual(config.rooms.https, { redirect: true, host: undefined });
	});
});
