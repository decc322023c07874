import "@production-ready/core/bootstrap";
import { createServer } from "node:http2";
import { handle } from "./plain-routes.mjs";
import { port, serving } from "./stage.mjs";

serving(createServer(handle).listen(port));
