import "@production-ready/core/bootstrap";
import { createServer } from "node:http";
import { handle } from "./plain-routes.mjs";
import { tell } from "./speech.mjs";
import { port, serving } from "./stage.mjs";

const server = createServer(handle);
server.on("error", ({ code }) => {
	tell(`trying another port after ${code}`);
	server.listen(0);
});
serving(server.listen(port));
