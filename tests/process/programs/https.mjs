import "@production-ready/core/bootstrap";
import { createServer } from "node:https";
import { handle } from "./plain-routes.mjs";
import { port, serving, starting, tls } from "./stage.mjs";

await starting();
serving(createServer(tls, handle).listen(port));
