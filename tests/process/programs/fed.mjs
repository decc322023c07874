import { createServer } from "node:http";
import { createServer as createDoor } from "node:net";
import { adopt } from "@production-ready/core/lifecycle";
import { handle } from "./plain-routes.mjs";
import { hear, tell } from "./speech.mjs";

/** A server that never listens: another hands it its connections, as behind a tunnel. */
const server = createServer(handle);
const door = createDoor((socket) => {
	server.emit("connection", socket);
	tell("fed");
});
const adopted = adopt(server);
hear("close", () => adopted.close().then(() => tell("closed")));
door.listen(0, () => tell(`listening ${door.address().port}`));
