import { createServer } from "node:http";
import { adopt, onShutdown, shutdown } from "@production-ready/core/lifecycle";
import { tell } from "./speech.mjs";

const server = createServer();
onShutdown("pool", () => tell("closes pool"));
server.listen(0, async () => {
	adopt(server);
	tell(`would have exited with ${await shutdown("the end of a test")}`);
	tell("and goes on");
});
