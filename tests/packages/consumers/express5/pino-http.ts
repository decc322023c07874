// pino-http says of every IncomingMessage what we say: a program that has both must compile.
import { productionReady } from "@production-ready/express";
import express from "express";
import { pinoHttp } from "pino-http";

const http = pinoHttp();
const app = express();
app.use(http);
app.use(productionReady({ logging: { logger: http.logger } }));
app.get("/", (req, res) => {
	req.log.info({ id: req.id }, "a line");
	res.log.info("another");
	res.json({ id: req.id });
});
