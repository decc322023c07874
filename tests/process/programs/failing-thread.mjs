import { createServer } from "node:http";
import { parentPort } from "node:worker_threads";
import { onShutdown } from "@production-ready/core/lifecycle";

const server = createServer((_request, response) => {
	parentPort.postMessage("asked");
	setTimeout(() => response.end("by a thread"), 50);
});
server.listen(0, () => parentPort.postMessage(server.address().port));
onShutdown("thread", () => parentPort.postMessage("closed"));
parentPort.once("message", () => {
	setTimeout(() => {
		throw new Error("thrown in a thread");
	});
});
