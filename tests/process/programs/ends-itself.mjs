import "@production-ready/core/bootstrap";
import { createServer } from "node:http";
import { shutdown } from "@production-ready/core/lifecycle";
import { handle } from "./plain-routes.mjs";
import { hear, port, serving, tell } from "./stage.mjs";

hear("end", () => {
	shutdown("the job is done").then((code) => tell(`never told: ${code}`));
	tell(`the same: ${shutdown("again") === shutdown("and again")}`);
});
serving(createServer(handle).listen(port));
