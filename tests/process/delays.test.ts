import assert from "node:assert/strict";
import { describe } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { refusal } from "./client.ts";
import { inTime } from "./in-time.ts";
import {
	ADAPTERS,
	EXPRESS_5_HTTPS,
	FAMILIES,
	FASTIFY_HTTPS,
	type Kind,
	NODE,
	NODE_HTTPS,
	NODE_PRELOADED,
} from "./kinds.ts";
import { serve, start } from "./run.ts";
import { scenario, TOGETHER } from "./scenario.ts";

/** Those with probes, and with delays that a test can choose. */
const WITH_OPTIONS: readonly Kind[] = [...ADAPTERS, EXPRESS_5_HTTPS, FASTIFY_HTTPS];

describe("the waits of a shutdown", TOGETHER, () => {
	scenario(
		"S9 S10 S48",
		WITH_OPTIONS,
		"during the drain delay it goes on serving, and tells only /readyz",
		async (t, kind) => {
			const options = { shutdown: { drainDelayMs: 1_000 } };
			const program = await serve(t, kind, { options });
			const idle = await program.connect();
			idle.get("/readyz");
			assert.equal((await idle.answer()).status, 200);
			program.signal("SIGTERM");
			await program.logs("shutdown started");
			const fresh = await program.connect();
			for (const client of [idle, fresh]) {
				const seen: unknown[] = [];
				for (const path of ["/now", "/readyz", "/livez"]) {
					client.get(path);
					const { status, headers } = await client.answer();
					seen.push([path, status, headers.connection]);
				}
				assert.deepEqual(seen, [
					["/now", 200, "keep-alive"],
					["/readyz", 503, "keep-alive"],
					["/livez", 200, "keep-alive"],
				]);
			}
			const { elapsedMs } = await program.logs("stopped listening");
			assert.ok(Number(elapsedMs) >= 999, `stopped listening after ${elapsedMs} ms`);
			await program.exits(0);
			assert.deepEqual([await idle.ended, await fresh.ended], ["end", "end"]);
		},
	);

	scenario(
		"S9 S10",
		WITH_OPTIONS,
		"during the linger it takes no new connection, and one more request on those there are",
		async (t, kind) => {
			const options = { shutdown: { lingerMs: 1_000 } };
			const program = await serve(t, kind, { options });
			const [used, unused] = [await program.connect(), await program.connect()];
			for (const client of [used, unused]) {
				client.get("/now");
				assert.equal((await client.answer()).headers.connection, "keep-alive");
			}
			program.signal("SIGTERM");
			await program.logs("stopped listening");
			assert.equal(await refusal(program.port), "ECONNREFUSED");
			used.get("/now");
			const { status, headers } = await used.answer();
			assert.deepEqual([status, headers.connection], [200, "close"]);
			assert.deepEqual([await used.ended, await unused.ended], ["end", "end"]);
			await program.exits(0);
		},
	);

	scenario(
		"S9 S10",
		WITH_OPTIONS,
		"during the linger a connection stays whose answer had begun before anybody knew that it was the last",
		async (t, kind) => {
			const program = await serve(t, kind, { options: { shutdown: { lingerMs: 1_000 } } });
			const clients = [await program.hold("/stream"), await program.hold("/stream")];
			for (const client of clients) await client.until("begun, ");
			program.signal("SIGTERM");
			await program.logs("stopped listening");
			program.tell("release");
			for (const client of clients) assert.equal((await client.answer()).headers.connection, "keep-alive");
			const [used, unused] = clients;
			used!.get("/now");
			const { status, headers } = await used!.answer();
			assert.deepEqual([status, headers.connection], [200, "close"]);
			assert.deepEqual([await used!.ended, await unused!.ended], ["end", "end"]);
			await program.exits(0);
		},
	);

	scenario("S9 S49", ADAPTERS, "the linger goes on while requests come over kept connections", (t, kind) => {
		const lingerMs = 2_000;
		// Less than the silence that ends it, a quarter, and together more than the linger.
		const gapMs = lingerMs / 8;
		return inTime(lingerMs / 4, async (comes) => {
			const env = { SHUTDOWN_GRACE_SECONDS: "20" };
			const program = await serve(t, kind, { env, options: { shutdown: { lingerMs } } });
			const clients = await Promise.all(Array.from({ length: 11 }, () => program.connect()));
			for (const client of clients) client.get("/now");
			for (const client of clients) await client.answer();
			comes();
			program.signal("SIGTERM");
			await program.logs("stopped listening");
			const last = clients.pop()!;
			for (const client of clients) {
				await pause(gapMs);
				const askedAtMs = performance.now();
				client.get("/now");
				assert.equal((await client.answer()).headers.connection, "close");
				comes(askedAtMs);
			}
			// Who never asks is not waited for.
			assert.equal(await last.ended, "end");
			await program.exits(0);
		});
	});

	scenario(
		"S9",
		WITH_OPTIONS,
		"a request in flight at the end of the linger is still finished",
		async (t, kind) => {
			const program = await serve(t, kind, { options: { shutdown: { lingerMs: 300 } } });
			const [busy, idle] = [await program.hold("/held"), await program.connect()];
			idle.get("/now");
			assert.equal((await idle.answer()).status, 200);
			program.signal("SIGTERM");
			assert.equal(await idle.ended, "end");
			program.tell("release");
			assert.equal((await busy.answer()).status, 200);
			await program.exits(0);
		},
	);

	// Without an adapter there are no options: the delay of five seconds is the platform's.
	scenario(
		"S9 S10 S48",
		[NODE, NODE_PRELOADED, NODE_HTTPS],
		"during the platform's drain delay it goes on serving",
		async (t, kind) => {
			const env = { KUBERNETES_SERVICE_HOST: "10.0.0.1", SHUTDOWN_GRACE_SECONDS: "10" };
			const program = await serve(t, kind, { env });
			const idle = await program.connect();
			idle.get("/now");
			assert.equal((await idle.answer()).status, 200);
			program.signal("SIGTERM");
			await program.logs("shutdown started");
			const fresh = await program.connect();
			for (const client of [idle, fresh]) {
				client.get("/now");
				const { status, headers } = await client.answer();
				assert.deepEqual([status, headers.connection], [200, "keep-alive"]);
			}
			const { elapsedMs } = await program.logs("stopped listening");
			assert.ok(Number(elapsedMs) >= 4_999, `stopped listening after ${elapsedMs} ms`);
			assert.equal(await refusal(program.port), "ECONNREFUSED");
			await program.exits(0);
			assert.deepEqual([await idle.ended, await fresh.ended], ["end", "end"]);
		},
	);

	scenario(
		"S48",
		FAMILIES.filter(({ hasAdapter }) => hasAdapter),
		"a deadline that the platform would not wait for stops the boot",
		async (t, kind) => {
			const running = start(t, kind, { options: { shutdown: { deadlineMs: 6_000 } } });
			await running.exitsSilently(1);
			assert.match(
				running.stderr.all(),
				/OPTIONS_INCOHERENT|the platform kills the process 5000 ms after its signal/,
			);
		},
	);

	const PENDING = { options: { shutdown: { drainDelayMs: 500 } }, extras: { readiness: true } };

	scenario(
		"S27",
		WITH_OPTIONS,
		"readiness says 503 at once, though a check has no answer yet",
		async (t, kind) => {
			const program = await serve(t, kind, PENDING);
			const client = await program.connect();
			program.signal("SIGTERM");
			await program.logs("shutdown started");
			client.get("/readyz");
			assert.equal((await client.answer()).status, 503);
			assert.equal(await client.ended, "end");
			await program.exits(0);
		},
	);

	scenario(
		"S27",
		WITH_OPTIONS,
		"a readiness probe that waits for a check hears 503 at once too",
		async (t, kind) => {
			const program = await serve(t, kind, PENDING);
			const client = await program.connect();
			client.get("/readyz");
			await program.says("checking");
			program.signal("SIGTERM");
			assert.equal((await client.answer()).status, 503);
			assert.equal(await client.ended, "end");
			await program.exits(0);
		},
	);
});
