import "@production-ready/core/bootstrap";
import { createSecureServer, createServer } from "node:http2";
import { handle } from "./plain-routes.mjs";
import { port, serving, starting, tls } from "./stage.mjs";

await starting();
serving((tls ? createSecureServer(tls, handle) : createServer(handle)).listen(port));
