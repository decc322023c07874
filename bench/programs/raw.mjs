/** node:http and nothing else. */
import { createServer } from "node:http";
import { SMALL } from "./routes.mjs";
import { listening } from "./surroundings.mjs";

const server = createServer((_request, response) => {
	const body = JSON.stringify(SMALL);
	response.setHeader("content-type", "application/json; charset=utf-8");
	response.setHeader("content-length", Buffer.byteLength(body));
	response.end(body);
});
server.listen(0, "127.0.0.1", () => listening(server));
