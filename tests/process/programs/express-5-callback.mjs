import { productionReady } from "@production-ready/express";
import express from "express";
import { options, port, tell } from "./stage.mjs";

const app = express();
app.use(productionReady(options));
app.get("/now", (_request, response) => response.send("now"));
app.listen(port, () => tell("Server is running"));
