import assert from "node:assert/strict";
import { EventEmitter } from "node:events";
import { describe, test } from "node:test";
import { connectRedis } from "./connection.ts";
import { REDIS } from "./redis.ts";

/** A client of the program's, as ioredis makes one; it answers whatever it is asked. */
class Client extends EventEmitter {
	status: string;
	readonly calls: string[] = [];

	constructor(status: string) {
		super();
		this.status = status;
	}

	exists(): Promise<number> {
		return Promise.resolve(0);
	}

	async connect(): Promise<void> {
		this.calls.push("connect");
		this.status = "ready";
		this.emit("ready");
	}

	disconnect(): void {
		this.calls.push("disconnect");
	}

	async quit(): Promise<void> {
		this.calls.push("quit");
	}
}

const connect = (client: Client) => connectRedis({ ...REDIS.DEFAULTS, client }, "shop:", () => {});

describe("a client of the program's", () => {
	test("is connected where it waits to be asked", async (t) => {
		const client = new Client("wait");
		const redis = connect(client);
		t.after(() => redis.uninstall());
		assert.equal(await redis.send("test", "k", async () => "answer"), "answer");
		assert.deepEqual(client.calls, ["connect"]);
	});

	for (const end of ["close", "uninstall"] as const) {
		test(`is as it was before, and open, after ${end}()`, async () => {
			const client = new Client("ready");
			const before = client.eventNames();
			await connect(client)[end]();
			assert.deepEqual([client.eventNames(), client.calls], [before, []]);
		});
	}
});
