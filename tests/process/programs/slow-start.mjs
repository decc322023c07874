import "@production-ready/core/bootstrap";
import { createServer } from "node:http";
import { onShutdown } from "@production-ready/core/lifecycle";
import { hear, heard, port, tell } from "./stage.mjs";

onShutdown("pool", async () => {
	tell("closes pool");
	await heard("pool closed");
});
tell("starting");
// What a start-up waits for holds the process.
process.stdin.ref();
hear("started", () => {
	const server = createServer((_request, response) => response.end("now"));
	for (const event of ["listening", "close", "error"])
		server.once(event, () => setImmediate(tell, `server: ${event}`));
	server.listen(port);
});
