import { Readable } from "node:stream";
import { crash, overflow } from "./crashes.mjs";
import { BODY, held } from "./stage.mjs";

async function* parts() {
	yield "begun, ";
	await held();
	yield "ended";
}

export function route(app) {
	app.addContentTypeParser("*", (_request, payload, done) => {
		void held();
		let bytes = 0;
		payload.on("data", (chunk) => (bytes += chunk.length)).on("end", () => done(null, `${bytes} bytes`));
	});
	app.get("/now", async () => "now");
	app.get("/held", () => held().then(() => BODY));
	app.get("/stream", (_request, reply) => reply.send(Readable.from(parts())));
	app.post("/upload", async (request) => request.body);
	app.get("/crash/:how", async (request) => crash(request.params.how) ?? "crashing");
	app.get("/overflow", () => overflow());
}
