import "@production-ready/core/bootstrap";
import { createServer } from "node:http";
import { handle } from "./plain-routes.mjs";
import { tell } from "./speech.mjs";
import { port, serving } from "./stage.mjs";

const server = createServer(handle);
// Heard before the library hears of it.
server.once("close", () => server.listen(0, () => tell(`listens again ${server.address().port}`)));
serving(server.listen(port));
