/** Express with the one line. */
import { productionReady } from "@production-ready/express";
import express from "express";
import { addToExpress } from "./routes.mjs";
import { idleMs, limit, listening, patience, windowMs } from "./surroundings.mjs";

const app = express();
app.use(productionReady({ ...patience, rateLimit: { limit, windowMs }, session: { idleTimeoutMs: idleMs } }));
addToExpress(app);
const server = app.listen(0, "127.0.0.1", () => listening(server));
