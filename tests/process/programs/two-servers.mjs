import "@production-ready/core/bootstrap";
import { createServer } from "node:http";
import { handle } from "./plain-routes.mjs";
import { serving } from "./stage.mjs";

serving(createServer(handle).listen(0));
serving(createServer(handle).listen(0));
