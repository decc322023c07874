import { createServer } from "node:http";
import { adopt } from "@production-ready/core/lifecycle";
import { handle } from "./plain-routes.mjs";
import { tell } from "./speech.mjs";
import { options, serving } from "./stage.mjs";

const server = createServer(handle);
server.listen(0);
const listenAgain = () => server.listen(0, () => tell("listens again"));
if (options.listensAgain === "before us") server.once("close", listenAgain);
// As `await using adopted = adopt(server)` does at the end of its block.
const adopted = adopt(server);
if (options.listensAgain === "behind us") server.once("close", listenAgain);
serving(server, () => (options.isDisposed ? adopted[Symbol.asyncDispose]() : adopted.close()));
