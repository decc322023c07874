import { setTimeout as sleep } from "node:timers/promises";
import type { Express } from "express";
import { CATALOGUE, FAILURE } from "./data.ts";

/** What the three Express programs answer; they differ in nothing else but the lines around it. */
export function addRoutes(app: Express): void {
	app.get("/hello", (_request, response) => {
		response.json({ hello: "world" });
	});
	app.get("/catalogue", (_request, response) => {
		response.json(CATALOGUE);
	});
	app.get("/fail", () => {
		throw new Error(FAILURE);
	});
	app.post("/work", async (request, response) => {
		await sleep(Number(request.query.ms));
		response.json({ done: true });
	});
}
