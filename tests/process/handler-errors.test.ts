import assert from "node:assert/strict";
import { once } from "node:events";
import { constants } from "node:http2";
import { describe } from "node:test";
import { connectHttp2 } from "./http2-client.ts";
import {
	ALL_KINDS,
	EXPRESS_4,
	FASTIFY_HTTP2,
	HTTP1,
	HTTP2,
	type Kind,
	NODE,
	NODE_HTTPS,
	NODE_PRELOADED,
} from "./kinds.ts";
import { type Serving, serve } from "./run.ts";
import { scenario, TOGETHER } from "./scenario.ts";

/** A framework that catches what a handler throws; plain Node has nobody who does. */
const CATCHING: readonly Kind[] = HTTP1.filter(({ hasAdapter }) => hasAdapter);
const PLAIN: readonly Kind[] = [NODE, NODE_PRELOADED, NODE_HTTPS];

/** Asks for a path that fails and judges the answer, the line of the log, and that the process lives. */
async function judgeFailure(program: Serving, path: string, message: string): Promise<void> {
	const client = await program.connect();
	client.get(path, "failing-1");
	const { status, headers, body } = await client.answer();
	assert.deepEqual([status, headers["content-type"]?.split(";")[0]], [500, "application/problem+json"]);
	assert.equal((JSON.parse(body) as { requestId: string }).requestId, "failing-1");
	assert.doesNotMatch(body, /in a handler|\.mjs|node_modules/);
	const line = await program.logs("request completed");
	assert.deepEqual([line.requestId, line.level, (line.err as Error).message], ["failing-1", 50, message]);
	await judgeLife(program);
}

/** The process still answers, has nothing to complain of, and ends well. */
async function judgeLife(program: Serving): Promise<void> {
	const client = await program.connect();
	client.get("/now");
	assert.equal((await client.answer()).status, 200);
	program.signal("SIGTERM");
	await program.exits(0);
	assert.equal(program.stderr.all(), "");
}

describe("an error in a handler", TOGETHER, () => {
	scenario(
		"K54",
		CATCHING,
		"what it throws is a 500 with the id of the request and without a stack",
		async (t, kind) => {
			await judgeFailure(await serve(t, kind), "/throws", "thrown in a handler");
		},
	);

	scenario(
		"K54",
		PLAIN,
		"what it throws at once ends the process, which answers 500 and waits for the others alone",
		async (t, kind) => {
			const program = await serve(t, kind, { env: { SHUTDOWN_GRACE_SECONDS: "300" } });
			const other = await program.hold("/held", "bystander");
			const client = await program.connect();
			client.get("/throws", "failing-1");
			const { status, headers, body } = await client.answer();
			assert.deepEqual([status, headers["content-type"]], [500, "application/problem+json; charset=utf-8"]);
			// The next request there would be told that it is none.
			assert.deepEqual([headers.connection, await client.ended], ["close", "end"]);
			assert.equal((JSON.parse(body) as { requestId: string }).requestId, "failing-1");
			assert.doesNotMatch(body, /in a handler|\.mjs/);
			await program.logs("stopped listening");
			program.tell("release");
			assert.equal((await other.answer()).status, 200);
			await program.exits(1);
			const [line] = program.cries();
			assert.deepEqual([line?.msg, line?.requestId], ["thrown in a handler", "failing-1"]);
			// Nobody was given up.
			assert.doesNotMatch(program.stdout.all(), /deadline exceeded/);
		},
	);

	scenario(
		"K56",
		PLAIN,
		"what is thrown later is not the affair of the request that came last",
		async (t, kind) => {
			const program = await serve(t, kind);
			const last = await program.hold("/held", "bystander");
			program.tell("crash");
			await program.logs("stopped listening");
			program.tell("release");
			assert.equal((await last.answer()).status, 200);
			await program.exits(1);
			assert.equal(program.cries()[0]?.requestId, undefined);
		},
	);

	// Express 4 does not look at what a handler returns: there a rejection is one that nobody handles.
	scenario(
		"K55",
		CATCHING.filter((kind) => kind !== EXPRESS_4),
		"what it rejects with is the same",
		async (t, kind) => {
			await judgeFailure(await serve(t, kind), "/rejects", "rejected in a handler");
		},
	);

	scenario(
		"K54 K55",
		[FASTIFY_HTTP2],
		"what it throws or rejects with is a 500 without a stack",
		async (t, kind) => {
			const program = await serve(t, kind);
			const { ask } = await connectHttp2(program.port);
			for (const path of ["/throws", "/rejects"]) {
				const { status, body } = await ask(path, { "x-request-id": "failing-1" });
				assert.equal(status, 500);
				assert.equal((JSON.parse(body) as { requestId: string }).requestId, "failing-1");
				assert.doesNotMatch(body, /in a handler|\.mjs|node_modules/);
			}
			assert.equal((await ask("/now")).status, 200);
			program.signal("SIGTERM");
			await program.exits(0);
			assert.equal(program.stderr.all(), "");
		},
	);

	scenario("K66", ALL_KINDS, "a stack overflow never ends with 7", async (t, kind) => {
		const program = await serve(t, kind);
		const status = HTTP2.includes(kind)
			? connectHttp2(program.port)
					.then(({ ask }) => ask("/overflow"))
					.then((answer) => answer.status)
			: program.connect().then((client) => {
					client.get("/overflow");
					return client.answer().then((answer) => answer.status);
				});
		// What is plain Node's is thrown beside the handler, and the answer may be lost.
		const seen = await status.catch(() => undefined);
		if (kind.hasAdapter) {
			assert.equal(seen, 500);
			program.signal("SIGTERM");
			await program.exits(0);
		} else {
			await program.exits(1);
			const [line] = program.cries();
			assert.equal((line?.err as { type?: string } | undefined)?.type, "RangeError");
		}
	});

	scenario("K69", CATCHING, "an error handler that answers once more is no crash", async (t, kind) => {
		const program = await serve(t, kind);
		const client = await program.connect();
		client.get("/answers-twice");
		const { status, body } = await client.answer();
		assert.deepEqual([status, body], [200, "once"]);
		const other = await program.connect();
		other.get("/now");
		assert.equal((await other.answer()).status, 200);
		program.signal("SIGTERM");
		await program.exits(0);
		// What an error handler throws Express prints itself; it is no line of a crash.
		assert.deepEqual(program.cries(), []);
	});
});

describe("a client that goes away in the middle of an answer", TOGETHER, () => {
	scenario("K70", [...CATCHING, ...PLAIN], "it is a line of the log and no error", async (t, kind) => {
		const program = await serve(t, kind);
		const client = await program.connect();
		client.get("/endless", "leaver-1");
		await client.until("more, ");
		client.socket.destroy();
		const line = await program.logs("request aborted");
		assert.deepEqual([line.level, line.requestId, line.isAborted], [30, "leaver-1", true]);
		await judgeLife(program);
	});

	scenario("K70", HTTP2, "it is a line of the log and no error", async (t, kind) => {
		const program = await serve(t, kind);
		const { session, ask } = await connectHttp2(program.port);
		const stream = session.request({ ":path": "/endless", "x-request-id": "leaver-1" });
		await program.says("held");
		// As a browser does.
		stream.close(constants.NGHTTP2_CANCEL);
		await once(stream, "close").catch(() => {});
		assert.equal((await ask("/now")).status, 200);
		session.destroy();
		program.signal("SIGTERM");
		await program.exits(0);
		assert.equal(program.stderr.all(), "");
		const line = program.lines().find(({ requestId }) => requestId === "leaver-1");
		assert.deepEqual([line?.level, line?.msg, line?.isAborted], [30, "request aborted", true]);
	});
});
