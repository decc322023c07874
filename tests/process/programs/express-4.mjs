import { productionReady } from "@production-ready/express";
import express from "express4";
import { route } from "./express-routes.mjs";
import { options, port, serving, starting } from "./stage.mjs";

const app = express();
app.use(productionReady(options));
route(app);
await starting();
serving(app.listen(port));
