import { productionReady } from "@production-ready/express";
import express from "express";
import { tell } from "./speech.mjs";
import { options, port } from "./stage.mjs";

const app = express();
app.use(productionReady(options));
app.get("/now", (_request, response) => response.send("now"));
app.listen(port, () => tell("Server is running"));
