import { productionReady } from "@production-ready/express";
import express from "express";
import { HOST, PORT } from "./data.ts";
import { addRoutes } from "./express-routes.ts";

const app = express();
app.use(productionReady());
addRoutes(app);
app.listen(PORT, HOST);
