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
	// Its workers read the same commands.
	process.on("SIGHUP", () => Object.values(cluster.workers).map((worker) => worker.disconnect()));
	cluster.on("online", ({ id }) => console.log(`online ${id}`));
	if (process.env.REPLACES) cluster.on("exit", () => cluster.fork());
	for (let workers = 0; workers < 2; workers++) cluster.fork();
} else {
	console.log(`begins ${cluster.worker.id}`);
	const server = createServer((_request, response) => {
		const answer = () => response.end(`answered by worker ${cluster.worker.id}`);
		process.once("message", answer).once("SIGUSR2", answer);
		console.log("held");
	});
	server.listen(0);
}
