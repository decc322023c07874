/** What a request gets whose session lies in a Redis that is in trouble. */
import assert from "node:assert/strict";
import { describe, type TestContext } from "node:test";
import { EXPRESS_5, FASTIFY_PLUGIN, type Kind } from "../process/kinds.ts";
import { type Serving, serve } from "../process/run.ts";
import { scenario } from "../process/scenario.ts";
import { ask } from "./ask.ts";
import { FAULTS, startRig } from "./faults.ts";
import { createVisitor, idOf, type Visitor } from "./visitor.ts";

const BOTH: readonly Kind[] = [EXPRESS_5, FASTIFY_PLUGIN];
const TOGETHER = { concurrency: 2, timeout: 110_000 } as const;
/** Longer than a busy machine takes to answer, so that only a fault is late. */
const BUDGET_MS = 500;

async function start(t: TestContext, kind: Kind, url: string, onOutage?: string): Promise<Serving> {
	return serve(t, kind, {
		env: { REDIS_URL: url, REDIS_PREFIX: "shop:", SESSION_SECRET: "mX2pQ7vR9tLw4yKb8nHc5jFd3gSa6zEu" },
		options: { session: { onOutage }, rateLimit: { limit: 10_000 }, redis: { commandTimeoutMs: BUDGET_MS } },
	});
}

/** A 503 that says when to come again, and nothing of Redis. */
async function isRefused(visitor: Visitor, path: string): Promise<void> {
	const { status, headers, text } = await visitor.ask(path);
	assert.deepEqual(
		[status, headers.get("content-type")],
		[503, "application/problem+json; charset=utf-8"],
		path,
	);
	assert.ok(Number(headers.get("retry-after")) >= 1);
	assert.deepEqual(headers.getSetCookie(), []);
	assert.doesNotMatch(text, /redis|OOM|READONLY|NOPERM|ECONN|timeout/i);
}

for (const fault of FAULTS) {
	describe(`Redis: ${fault.name}`, TOGETHER, () => {
		scenario(
			"N131 N132 N133",
			BOTH,
			"who has a session waits for it elsewhere, others are served",
			async (t, kind) => {
				const rig = await startRig(t, fault);
				const program = await start(t, kind, rig.proxy.url);
				const visitor = createVisitor(program.port);
				await visitor.ask("/views");
				await fault.begin(rig);
				assert.equal((await ask(program.port)).status, 200);
				assert.deepEqual((await ask(program.port, "/look")).text, '{"views":null,"user":null}');
				// Nobody is told that something was kept which was not.
				await isRefused(createVisitor(program.port), "/views");
				await isRefused(createVisitor(program.port), "/login");
				if (fault.canRead) assert.deepEqual((await visitor.ask("/look")).json(), { views: 1, user: null });
				else await isRefused(visitor, "/look");
				await isRefused(visitor, "/views");
				assert.equal((await visitor.ask("/livez")).status, 200);
				await fault.end(rig);
				if (fault.kind === "away") await program.logs("redis is back");
				const isKept = (await rig.redis.command("EXISTS", `shop:sess:${idOf(visitor)}`)) === 1;
				assert.deepEqual((await visitor.ask("/views")).json(), { views: isKept ? 2 : 1 });
				program.signal("SIGTERM");
				await program.exits(0);
			},
		);

		scenario("N131 N132", BOTH, "or goes on without it, and keeps its cookie", async (t, kind) => {
			const rig = await startRig(t, fault);
			const program = await start(t, kind, rig.proxy.url, "anonymous");
			const visitor = createVisitor(program.port);
			await visitor.ask("/views");
			const cookie = visitor.cookie();
			await fault.begin(rig);
			const seen = fault.canRead ? { views: 1, user: null } : { views: null, user: null };
			assert.deepEqual((await visitor.ask("/look")).json(), seen);
			await isRefused(visitor, "/views");
			assert.equal(visitor.cookie(), cookie);
			await fault.end(rig);
			if (fault.kind === "away") await program.logs("redis is back");
			const isKept = (await rig.redis.command("EXISTS", `shop:sess:${idOf(visitor)}`)) === 1;
			assert.deepEqual((await visitor.ask("/views")).json(), { views: isKept ? 2 : 1 });
		});
	});
}
