import cluster from "node:cluster";
import { productionReady } from "@production-ready/express";
import express from "express";
import "./speech.mjs";

const app = express();
app.use(productionReady({ shutdown: { signals: ["SIGINT"] } }));
if (cluster.isPrimary) {
	cluster.on("listening", (_worker, { port }) => console.log(`listening ${port}`));
	cluster.fork();
} else {
	app.get("/", (_request, response) => {
		process.once("SIGUSR2", () => response.end("answered"));
		console.log("held");
	});
	app.listen(0);
}
