import { productionReady } from "@production-ready/express";
import express from "express4";
import { route } from "./express-routes.mjs";
import { options, port, serving } from "./stage.mjs";

const app = express();
app.use(productionReady(options));
route(app);
serving(app.listen(port));
