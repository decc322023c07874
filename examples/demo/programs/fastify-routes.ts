import { setTimeout as sleep } from "node:timers/promises";
import type { FastifyInstance } from "fastify";
import { CATALOGUE, FAILURE } from "./data.ts";

/** What the three Fastify programs answer; they differ in nothing else but the lines around it. */
export function addRoutes(app: FastifyInstance): void {
	app.get("/hello", async () => ({ hello: "world" }));
	app.get("/catalogue", async () => CATALOGUE);
	app.get("/fail", async () => {
		throw new Error(FAILURE);
	});
	app.post<{ Querystring: { ms: string } }>("/work", async (request) => {
		await sleep(Number(request.query.ms));
		return { done: true };
	});
}
