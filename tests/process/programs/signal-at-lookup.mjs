import "@production-ready/core/bootstrap";
import { createServer } from "node:http";
import { handle } from "./plain-routes.mjs";
import { port, serving } from "./stage.mjs";

// A name has to be looked up before there is an address to listen on.
serving(createServer(handle).listen(port, "localhost"));
