import { getContext } from "@production-ready/core/context";
import { addReadinessCheck } from "@production-ready/core/health";
import { onShutdown } from "@production-ready/core/lifecycle";
import { errorHandler, productionReady, rateLimit } from "@production-ready/express";
import express from "express";

/** Stands in for a pool of connections. */
const pool = { ping: async () => true, end: async () => {} };

const app = express();
app.use(productionReady());

addReadinessCheck("database", () => pool.ping());
onShutdown("database", () => pool.end());

app.get("/users/:id", (request, response) => {
	request.log.info({ user: request.params.id }, "looked up");
	response.json({ id: request.params.id, requestId: getContext()?.requestId });
});

// Five in a minute, counted apart from the app's own limit.
app.post("/login", rateLimit({ limit: 5 }), (_request, response) => {
	response.status(204).end();
});

app.use(errorHandler());
app.listen(Number(process.env.PORT ?? 3000));
