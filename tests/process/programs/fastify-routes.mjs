import { Readable } from "node:stream";
import { BODY, dropped, HANDED_ON, held, large, parts } from "./bodies.mjs";
import { crash, overflow } from "./crashes.mjs";
import { routeSessions } from "./fastify-sessions.mjs";
import { events, order, poll, work } from "./long-lived.mjs";
import { tell } from "./speech.mjs";

async function* endless() {
	for (let piece = 0; ; piece++) {
		yield "more, ";
		if (piece === 0) tell("held");
	}
}

export function route(app) {
	routeSessions(app);
	app.addContentTypeParser("*", (_request, payload, done) => {
		void held();
		let bytes = 0;
		payload.on("data", (chunk) => (bytes += chunk.length)).on("end", () => done(null, `${bytes} bytes`));
	});
	app.get("/now", async () => "now");
	app.get("/held", () => held().then(() => BODY));
	app.get("/handed-on", (_request, reply) => held().then(() => reply.headers(HANDED_ON).send(BODY)));
	app.get("/dropped", dropped);
	app.get("/stream", (_request, reply) => reply.send(Readable.from(parts())));
	app.get("/large", (_request, reply) => reply.send(Readable.from(large())));
	app.get("/endless", (_request, reply) => reply.send(Readable.from(endless())));
	app.post("/upload", async (request) => request.body);
	app.get("/events", (request, reply) => events(reply.hijack().raw, "forgets" in request.query));
	app.get("/poll", (_request, reply) => poll(reply.hijack().raw));
	app.get("/work", (_request, reply) => work(reply.hijack().raw));
	app.get("/order", (_request, reply) => order(reply.hijack().raw));
	app.get("/throws", () => {
		throw new Error("thrown in a handler");
	});
	app.get("/rejects", async () => {
		throw new Error("rejected in a handler");
	});
	app.get("/answers-twice", {
		// Answers once more whatever was answered before.
		errorHandler: (_error, _request, reply) => reply.code(500).send("twice"),
		handler: async (_request, reply) => {
			reply.send("once");
			throw new Error("after the answer");
		},
	});
	app.get("/crash/:how", async (request) => crash(request.params.how) ?? "crashing");
	app.get("/overflow", () => overflow());
}
