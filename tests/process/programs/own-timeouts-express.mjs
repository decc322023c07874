import { createServer } from "node:http";
import { productionReady } from "@production-ready/express";
import express from "express";
import { options, serving } from "./stage.mjs";

const app = express();
app.use(productionReady(options));
const server = createServer(app);
server.keepAliveTimeout = 30_000;
server.headersTimeout = 10_000;
serving(server.listen(0));
