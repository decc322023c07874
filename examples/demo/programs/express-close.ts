import express from "express";
import { HOST, PORT } from "./data.ts";
import { addRoutes } from "./express-routes.ts";

const app = express();
addRoutes(app);
const server = app.listen(PORT, HOST);
process.on("SIGTERM", () => server.close(() => process.exit(0)));
