import "@production-ready/core/bootstrap";
import { createSecureServer, createServer } from "node:http2";
import { BODY, held } from "./bodies.mjs";
import { handle } from "./plain-routes.mjs";
import { port, serving, starting, tls } from "./stage.mjs";

const answer = (request, response) => response.headersSent || handle(request, response);
const server = tls ? createSecureServer(tls, answer) : createServer(answer);
// Both ways of Node's, side by side.
server.prependListener("stream", (stream, { ":path": path }) => {
	if (path !== "/stream-api") return;
	stream.respond({ ":status": 202 });
	stream.end("streamed");
});
server.on("checkContinue", (request, response) => {
	response.writeContinue();
	if (request.url === "/held") handle(request, response);
	else server.emit("request", request, response);
});
server.on("connect", async (_request, response) => {
	response.write("agreed, ");
	await held();
	response.end(BODY);
});
await starting();
serving(server.listen(port));
