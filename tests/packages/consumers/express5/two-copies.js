// A plugin brings its own copy of our packages, as happens when a dependency wants another version of them.
import { requestId } from "@production-ready/core/context";
import { onShutdown } from "@production-ready/core/lifecycle";
import { productionReady } from "@production-ready/express";
import express from "express";
import * as plugin from "./plugin/index.js";

const events = ["SIGTERM", "SIGINT", "uncaughtException", "unhandledRejection"];
const app = express();
app.use(productionReady());
app.use(plugin.productionReady());
app.get("/", (req, res) => {
	res.json({
		copies: new Set([import.meta.resolve("@production-ready/core"), plugin.location]).size,
		listeners: events.map((event) => process.listenerCount(event)),
		ids: [req.id, requestId(), plugin.requestId()],
	});
});
onShutdown("pool", () => console.log("the pool is closed"));
plugin.onShutdown("cache", () => console.log("the plugin's cache is closed"));
const server = app.listen(0, () => console.log(`port ${server.address().port}`));
