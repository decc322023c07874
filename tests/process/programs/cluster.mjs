import "@production-ready/core/bootstrap";
import cluster from "node:cluster";
import { createServer } from "node:http";
import "./speech.mjs";

if (cluster.isPrimary) {
	cluster.on("listening", (_worker, { port }) => console.log(`listening ${port}`));
	cluster.on("exit", ({ id }, code) => console.log(`worker ${id} exits ${code}`));
	process.on("SIGUSR2", () =>
		Object.values(cluster.workers).map((worker) => worker.send("release", () => {})),
	);
	cluster.on("online", ({ id }) => console.log(`online ${id}`));
	if (process.env.REPLACES) cluster.on("exit", () => cluster.fork());
	for (let workers = 0; workers < 2; workers++) cluster.fork();
} else {
	console.log(`begins ${cluster.worker.id}`);
	const server = createServer((_request, response) => {
		console.log("held");
		process.once("message", () => response.end(`answered by worker ${cluster.worker.id}`));
	});
	server.listen(0);
}
