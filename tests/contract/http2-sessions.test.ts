import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, createServer, type Http2Server } from "node:http2";
import type { AddressInfo } from "node:net";
import { type TestContext, test } from "node:test";
import { trackSessions } from "../../packages/core/src/server/http2-sessions.ts";

async function listening(t: TestContext, server: Http2Server): Promise<number> {
	t.after(() => server.close());
	await once(server.listen(0), "listening");
	return (server.address() as AddressInfo).port;
}

test("a client that goes with a stream open leaves nothing behind", async (t) => {
	const server = createServer();
	const sessions = trackSessions(server, {
		isEnding: () => true,
		isLate: () => false,
		leftMs: () => Number.POSITIVE_INFINITY,
	});
	const port = await listening(t, server);
	const client = connect(`http://127.0.0.1:${port}`);
	client.request().on("error", () => {});
	const [stream] = await once(server, "stream");
	stream.on("error", () => {});
	const timers = process.getActiveResourcesInfo().filter((name) => name === "Timeout").length;
	client.destroy();
	await once(stream, "close");
	assert.equal(process.getActiveResourcesInfo().filter((name) => name === "Timeout").length, timers);
	sessions.uninstall();
});

test("a session that is over when we hear of it is no fault", async (t) => {
	const server = createServer();
	server.on("session", (session) => session.destroy());
	const sessions = trackSessions(server, {
		isEnding: () => false,
		isLate: () => true,
		leftMs: () => Number.POSITIVE_INFINITY,
	});
	const client = connect(`http://127.0.0.1:${await listening(t, server)}`);
	client.on("error", () => {});
	await once(client, "close");
	assert.deepEqual(sessions.goodbyes(), []);
	sessions.uninstall();
});
