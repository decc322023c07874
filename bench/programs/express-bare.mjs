/** Express and the routes. */
import express from "express";
import { addToExpress } from "./routes.mjs";
import { listening } from "./surroundings.mjs";

const app = express();
// One turn of the loop before the routes makes a closed loop of clients faster: what it alone does.
if (process.env.TURN) app.use((_request, _response, next) => setImmediate(next));
addToExpress(app);
const server = app.listen(0, "127.0.0.1", () => listening(server));
