import { createServer } from "node:http";
import { adopt } from "@production-ready/core/lifecycle";
import { hear, tell } from "../speech.mjs";

/** A second server, for probes and metrics, that answers until the public one has ended. */
export function setUp() {
	const server = createServer((_request, response) => response.end("alive"));
	adopt(server, { drainLast: true });
	const tellPort = () => tell(`admin listens ${server.address().port}`);
	server.listen(0, tellPort);
	hear("close admin, and let it listen again", () => server.close(() => server.listen(0, tellPort)));
}
