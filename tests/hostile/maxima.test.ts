/** How many connections, and how many requests over one of them, where the program says so. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { forEachServer, hello } from "../contract/servers.ts";
import { connect } from "../process/client.ts";

const DROPPED = "connections were closed: there are as many as there may be";

forEachServer((factory) => {
	test("H109: connections beyond server.maxConnections are closed at once, and a flood of them is one line", async (t) => {
		const server = { maxConnections: 2, keepAliveTimeoutMs: 60_000 };
		const app = await factory.start(t, { options: { rateLimit: false, server }, routes: [hello()] });
		const [first, second] = [await connect(app.port), await connect(app.port)];
		for (const client of [first, second]) {
			client.get("/");
			assert.equal((await client.answer()).status, 200);
		}
		for (let index = 0; index < 20; index++) {
			const dropped = await connect(app.port);
			assert.match(await dropped.ended, /^(?:end|ECONNRESET)$/);
			assert.equal(dropped.received(), "");
		}
		first.get("/");
		assert.equal((await first.answer()).status, 200, "who is there is served");
		const { level, dropped } = await app.line({ msg: DROPPED });
		assert.deepEqual([level, dropped], [40, 1]);
		assert.equal(app.lines.filter(({ msg }) => msg === DROPPED).length, 1);
		second.socket.destroy();
		// The server hears of it before it takes the next one.
		await second.ended;
		first.get("/");
		await first.answer();
		const next = await connect(app.port);
		next.get("/");
		assert.equal((await next.answer()).status, 200);
		for (const { socket } of [first, next]) socket.destroy();
	});

	test("the last answer within server.maxRequestsPerSocket says that it is the last, and who asks on is refused", async (t) => {
		const options = { rateLimit: false, server: { maxRequestsPerSocket: 2 } } as const;
		const app = await factory.start(t, { options, routes: [hello()] });
		const client = await connect(app.port);
		client.get("/");
		assert.notEqual((await client.answer()).headers.connection, "close");
		client.get("/");
		const last = await client.answer();
		assert.deepEqual([last.status, last.headers.connection], [200, "close"]);
		client.get("/");
		assert.equal((await client.answer()).status, 503);
		client.socket.destroy();
	});
});
