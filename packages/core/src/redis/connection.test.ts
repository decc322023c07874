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

describe("a connection that fails", () => {
	const said = (error: object): readonly (readonly [code: unknown, reason: unknown, hint: unknown])[] => {
		const lines: [unknown, unknown, unknown][] = [];
		const client = new Client("connecting");
		const redis = connectRedis({ ...REDIS.DEFAULTS, client }, "shop:", (_level, { code, reason, hint }) => {
			lines.push([code, reason, hint]);
		});
		client.emit("error", error);
		client.emit("close");
		redis.uninstall();
		return lines;
	};
	const hints: readonly (readonly [error: object, reason: string, hint: RegExp])[] = [
		[{ code: "ENOTFOUND" }, "ENOTFOUND", /no such host.*REDIS_URL/],
		[{ code: "ECONNREFUSED" }, "ECONNREFUSED", /nothing listens.*REDIS_URL/],
		[{ code: "ETIMEDOUT" }, "ETIMEDOUT", /rediss:\/\/.*TLS/],
		[{ message: "NOAUTH Authentication required." }, "NOAUTH", /REDIS_PASSWORD/],
		[{ message: "WRONGPASS invalid username-password pair" }, "WRONGPASS", /REDIS_PASSWORD/],
	];
	for (const [error, reason, hint] of hints) {
		test(`says of ${reason} what to look at`, () => {
			const [line, ...more] = said(error);
			assert.deepEqual([line?.[0], line?.[1], more], ["REDIS_AWAY", reason, []]);
			assert.match(String(line?.[2]), hint);
		});
	}
});

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
