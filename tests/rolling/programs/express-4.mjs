import { productionReady } from "@production-ready/express";
import express from "express4";
import { NAME, options, port, tellListening, work } from "./stage.mjs";

const app = express();
app.use(productionReady(options));
app.post("/echo", express.text(), async (request, response) => {
	await work();
	response.set(NAME).type("text").send(request.body);
});
app.listen(port, "127.0.0.1", tellListening);
