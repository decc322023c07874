import { createServer } from "node:https";
import { productionReady } from "@production-ready/express";
import express from "express";
import { route } from "./express-routes.mjs";
import { options, port, serving, starting, tls } from "./stage.mjs";

const app = express();
app.use(productionReady(options));
route(app);
await starting();
serving(createServer(tls, app).listen(port));
