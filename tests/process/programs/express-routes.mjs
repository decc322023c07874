import { crash, overflow } from "./crashes.mjs";
import { BODY, held } from "./stage.mjs";

export function route(app) {
	app.get("/now", (_request, response) => response.send("now"));
	app.get("/held", async (_request, response) => {
		await held();
		response.send(BODY);
	});
	app.get("/stream", async (_request, response) => {
		response.write("begun, ");
		await held();
		response.end("ended");
	});
	app.post("/upload", (request, response) => {
		let bytes = 0;
		request.on("data", (chunk) => (bytes += chunk.length)).on("end", () => response.send(`${bytes} bytes`));
		void held();
	});
	app.get("/crash/:how", (request, response) => {
		crash(request.params.how);
		response.send("crashing");
	});
	app.get("/overflow", () => overflow());
}
