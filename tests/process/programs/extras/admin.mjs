import { createServer } from "node:http";
import { adopt } from "@production-ready/core/lifecycle";
import { tell } from "../speech.mjs";

/** A second server, for probes and metrics, that answers until the public one has ended. */
export function setUp() {
	const server = createServer((_request, response) => response.end("alive"));
	adopt(server, { drainLast: true });
	server.listen(0, () => tell(`admin listens ${server.address().port}`));
}
