import { createServer } from "node:http";
import { uninstall } from "@production-ready/core/lifecycle";
import { tell } from "./speech.mjs";

const EVENTS = [
	"SIGTERM",
	"SIGINT",
	"uncaughtException",
	"unhandledRejection",
	"exit",
	"warning",
	"beforeExit",
];
const count = (emitter, events) =>
	Object.fromEntries(events.map((name) => [name, emitter.listenerCount(name)]));

/** Installs it, as the program of that kind does. */
const MOUNTS = {
	"express-5.mjs": async () => {
		const { default: express } = await import("express");
		const { productionReady } = await import("@production-ready/express");
		return () => express().use(productionReady());
	},
	"fastify-plugin.mjs": async () => {
		const { default: Fastify } = await import("fastify");
		const { productionReady } = await import("@production-ready/fastify");
		return () => Fastify().register(productionReady).ready();
	},
	"plain.mjs": async () => () => import("@production-ready/core/bootstrap"),
};

const mount = await MOUNTS[process.env.MOUNT]();
const server = createServer();
const counts = () => ({ process: count(process, EVENTS), server: count(server, server.eventNames()) });

const before = counts();
await mount();
await mount();
server.listen(0);
const installed = counts();
uninstall();
const after = counts();
tell(`counts ${JSON.stringify({ before, installed, after })}`);
server.close();
