import "@production-ready/core/bootstrap";
import { createServer } from "node:http";
import { handle } from "./plain-routes.mjs";
import { hear, port, serving } from "./stage.mjs";

hear("talk", () => {
	console.log("a word of its own");
	console.error("talked");
});
serving(createServer(handle).listen(port));
