import express from "express";
import { HOST, PORT } from "./data.ts";
import { addRoutes } from "./express-routes.ts";

const app = express();
addRoutes(app);
app.listen(PORT, HOST);
