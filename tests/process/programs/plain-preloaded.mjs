import { createServer } from "node:http";
import { handle } from "./plain-routes.mjs";
import { port, serving, starting } from "./stage.mjs";

await starting();
serving(createServer(handle).listen(port));
