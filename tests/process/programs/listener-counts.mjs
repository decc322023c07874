import { createServer } from "node:http";
import { uninstall } from "@production-ready/core/lifecycle";
import { productionReady } from "@production-ready/express";
import express from "express";
import { options, tell } from "./stage.mjs";

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
const server = createServer();
const counts = () => ({ process: count(process, EVENTS), server: count(server, server.eventNames()) });

const before = counts();
const apps = [express(), express()];
for (const app of apps) app.use(productionReady(options));
server.listen(0);
const installed = counts();
uninstall();
const after = counts();
tell(`counts ${JSON.stringify({ before, installed, after })}`);
server.close();
