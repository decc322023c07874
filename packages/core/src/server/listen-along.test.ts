import assert from "node:assert/strict";
import { createServer } from "node:net";
import { test } from "node:test";
import { listenAlong } from "./listen-along.ts";

test("we hear first, and only while somebody else listens", async () => {
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
	assert.deepEqual(heard.splice(0), ["ours too", "ours", "program", "program", "ours", "before"]);
	server.off("connect", program);
	await undefined;
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

test("listeners may be taken away all at once, kept, and put back", async () => {
	const server = createServer();
	const ours = (): void => {};
	const others = (): void => {};
	listenAlong(server, ["connect"], ours);
	listenAlong(server, ["connect"], others);
	const program = (): void => {};
	server.on("connect", program);
	const kept = server.listeners("connect") as (() => void)[];
	assert.equal(kept.length, 3);
	server.removeAllListeners("connect");
	for (const listener of kept) server.on("connect", listener);
	assert.deepEqual(server.listeners("connect"), kept);
	await undefined;
	assert.deepEqual(server.listeners("connect"), kept);
	// A program may put its own back first.
	server.removeAllListeners("connect");
	for (const listener of kept.toReversed()) server.on("connect", listener);
	server.off("connect", program);
	await undefined;
	assert.equal(server.listenerCount("connect"), 0);
	server.on("connect", program).removeAllListeners();
	assert.equal(server.listenerCount("connect"), 0);
});
