import "@production-ready/core/bootstrap";
import { readFileSync } from "node:fs";
import { createServer } from "node:https";
import { handle } from "./plain-routes.mjs";
import { port, serving } from "./stage.mjs";

const [key, cert] = [process.env.TLS_KEY, process.env.TLS_CERT].map((path) => readFileSync(path));
serving(createServer({ key, cert }, handle).listen(port));
