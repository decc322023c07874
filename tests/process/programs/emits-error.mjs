import "@production-ready/core/bootstrap";
import { EventEmitter } from "node:events";
import { createServer } from "node:http";
import { handle } from "./plain-routes.mjs";
import { hear, port, serving } from "./stage.mjs";

const connection = new EventEmitter();
hear("lose connection", () => connection.emit("error", new Error("connection lost")));
serving(createServer(handle).listen(port));
