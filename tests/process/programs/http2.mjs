import "@production-ready/core/bootstrap";
import { createSecureServer, createServer } from "node:http2";
import { BODY, held } from "./bodies.mjs";
import { handle } from "./plain-routes.mjs";
import { port, serving, starting, tls } from "./stage.mjs";

const server = tls ? createSecureServer(tls, handle) : createServer(handle);
server.on("connect", async (_request, response) => {
	response.write("agreed, ");
	await held();
	response.end(BODY);
});
await starting();
serving(server.listen(port));
