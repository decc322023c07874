import "@production-ready/core/bootstrap";
import cluster from "node:cluster";
import { createServer } from "node:http";

/** A worker that answers when it is told by a signal: its primary will not be there to tell it. */
if (cluster.isPrimary) {
	cluster.on("listening", (_worker, { port }) => console.log(`listening ${port}`));
	cluster.fork();
} else {
	const server = createServer((_request, response) => {
		process.once("SIGUSR2", () => response.end("answered by an orphan"));
		console.log("held");
	});
	server.listen(0);
}
