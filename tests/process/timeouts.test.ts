import assert from "node:assert/strict";
import { createServer } from "node:http";
import { describe, test } from "node:test";
import { fastify } from "fastify";
import { FRAMEWORK_DEFAULTS } from "../../packages/core/src/server/timeouts.ts";
import { ADAPTERS, EXPRESS_5, FASTIFY_PLUGIN, HTTP1, type Kind } from "./kinds.ts";
import { type How, serve } from "./run.ts";
import { TOGETHER } from "./scenario.ts";

type Context = Parameters<typeof serve>[0];
type Timeouts = Readonly<Record<"keepAliveTimeout" | "headersTimeout" | "requestTimeout", number>>;

const DEFAULTS: Timeouts = { keepAliveTimeout: 65_000, headersTimeout: 15_000, requestTimeout: 120_000 };

async function timeouts(t: Context, program: Kind | string, how?: How): Promise<Timeouts> {
	const serving = await serve(t, program, how);
	serving.tell("timeouts");
	return JSON.parse((await serving.says("timeouts ")).slice(9)) as Timeouts;
}

describe("the timeouts of a server", TOGETHER, () => {
	for (const kind of HTTP1) {
		test(`${kind.name} has ours without being asked`, async (t) => {
			assert.deepEqual(await timeouts(t, kind), DEFAULTS);
		});

		test(`${kind.name} has the platform's, seen by its variables`, async (t) => {
			const seen = await timeouts(t, kind, { env: { DYNO: "web.1" } });
			assert.deepEqual(seen, { ...DEFAULTS, keepAliveTimeout: 95_000 });
		});
	}

	for (const kind of ADAPTERS) {
		test(`${kind.name} has what code says, before the platform's`, async (t) => {
			const options = {
				server: { keepAliveTimeoutMs: 7_000, headersTimeoutMs: 8_000, requestTimeoutMs: 9_000 },
			};
			const seen = await timeouts(t, kind, { options, env: { DYNO: "web.1" } });
			assert.deepEqual(seen, { keepAliveTimeout: 7_000, headersTimeout: 8_000, requestTimeout: 9_000 });
		});

		test(`${kind.name} has those of a platform that is named`, async (t) => {
			const options = { platform: ["kubernetes", "gcp-lb"] };
			const seen = await timeouts(t, kind, { options });
			assert.deepEqual(seen, { ...DEFAULTS, keepAliveTimeout: 620_000 });
		});
	}

	for (const kind of [EXPRESS_5, FASTIFY_PLUGIN]) {
		test(`${kind.name} keeps Node's or its framework's own with server: false`, async (t) => {
			const seen = await timeouts(t, kind, { options: { server: false } });
			const { server } = fastify();
			const { keepAliveTimeout, headersTimeout, requestTimeout } =
				kind === EXPRESS_5 ? createServer() : server;
			assert.deepEqual(seen, { keepAliveTimeout, headersTimeout, requestTimeout });
		});
	}

	for (const program of [
		"own-timeouts-express.mjs",
		"own-timeouts-fastify.mjs",
		"own-timeouts-create-app.mjs",
	]) {
		test(`${program} keeps what the program has set itself`, async (t) => {
			const seen = await timeouts(t, program, { env: { DYNO: "web.1" } });
			assert.deepEqual(seen, { ...DEFAULTS, keepAliveTimeout: 30_000, headersTimeout: 10_000 });
		});
	}

	for (const program of ["own-timeouts-express.mjs", "own-timeouts-fastify.mjs"]) {
		test(`${program} has the option's where there is one`, async (t) => {
			const seen = await timeouts(t, program, { options: { server: { keepAliveTimeoutMs: 40_000 } } });
			assert.deepEqual(seen, { ...DEFAULTS, keepAliveTimeout: 40_000, headersTimeout: 10_000 });
		});
	}
});

test("the framework's defaults that we replace are those that it has", () => {
	const { server } = fastify();
	const plain = createServer();
	const changed = (["keepAliveTimeout", "headersTimeout", "requestTimeout"] as const)
		.filter((name) => server[name] !== plain[name] || FRAMEWORK_DEFAULTS[0]?.[name] !== undefined)
		.map((name) => [name, server[name]]);
	assert.deepEqual(FRAMEWORK_DEFAULTS, [Object.fromEntries(changed)]);
});
