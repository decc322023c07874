import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { BODY, dropped, HANDED_ON, held, large, writeForEver } from "./bodies.mjs";
import { crash, overflow } from "./crashes.mjs";
import { routeSessions } from "./express-sessions.mjs";
import { events, order, poll } from "./long-lived.mjs";

export function route(app) {
	routeSessions(app);
	app.get("/now", (_request, response) => response.send("now"));
	app.get("/held", async (_request, response) => {
		await held();
		response.send(BODY);
	});
	app.get("/handed-on", async (_request, response) => {
		await held();
		response.set(HANDED_ON).send(BODY);
	});
	app.get("/dropped", dropped);
	app.get("/stream", async (_request, response) => {
		response.write("begun, ");
		await held();
		response.end("ended");
	});
	app.get("/large", (_request, response) => pipeline(Readable.from(large()), response));
	app.get("/endless", (_request, response) => writeForEver(response));
	app.post("/upload", (request, response) => {
		let bytes = 0;
		request.on("data", (chunk) => (bytes += chunk.length)).on("end", () => response.send(`${bytes} bytes`));
		void held();
	});
	app.get("/events", (request, response) => events(response, "forgets" in request.query));
	app.get("/poll", (_request, response) => poll(response));
	app.get("/order", (_request, response) => order(response));
	app.get("/throws", () => {
		throw new Error("thrown in a handler");
	});
	app.get("/rejects", async () => {
		throw new Error("rejected in a handler");
	});
	app.get("/answers-twice", (_request, response, next) => {
		response.send("once");
		next(new Error("after the answer"));
	});
	app.get("/crash/:how", (request, response) => {
		crash(request.params.how);
		response.send("crashing");
	});
	app.get("/overflow", () => overflow());
	// Answers once more whatever was answered before.
	app.use("/answers-twice", (_error, _request, response, _next) => response.status(500).send("twice"));
}
