import assert from "node:assert/strict";
import { createServer } from "node:net";
import { test } from "node:test";
import { listenAlong } from "./listen-along.ts";

test("we hear first, and only while somebody else listens", () => {
	const server = createServer();
	const heard: string[] = [];
	server.on("upgrade", () => heard.push("before"));
	const upgrades = listenAlong(server, ["upgrade", "connect"], () => heard.push("ours"));
	// Two of ours are no reason for each other to stay.
	const tunnels = listenAlong(server, ["connect"], () => heard.push("ours too"));
	assert.equal(server.emit("connect"), false);
	const program = (): unknown => heard.push("program");
	server.on("connect", program).once("connect", program);
	server.emit("connect");
	server.emit("upgrade");
	assert.deepEqual(heard.splice(0), ["ours", "ours too", "program", "program", "ours", "before"]);
	server.off("connect", program);
	assert.deepEqual([server.emit("connect"), heard], [false, []]);
	server.prependListener("connect", program);
	server.emit("connect");
	assert.equal(heard.length, 3);
	upgrades.uninstall();
	tunnels.uninstall();
	assert.deepEqual(server.listeners("connect"), [program]);
	assert.equal(server.listenerCount("upgrade"), 1);
	assert.deepEqual([server.listenerCount("newListener"), server.listenerCount("removeListener")], [0, 0]);
});
