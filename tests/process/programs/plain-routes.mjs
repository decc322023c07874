import { once } from "node:events";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { BODY, dropped, HANDED_ON, held, large, push, whole, writeForEver } from "./bodies.mjs";
import { crash, overflow } from "./crashes.mjs";
import { events, order, poll, work } from "./long-lived.mjs";
import { tell } from "./speech.mjs";

/** Not all at once a promise: what is thrown before there is one reaches nobody but Node. */
export function handle(request, response) {
	if (request.url === "/throws") throw new Error("thrown in a handler");
	return answer(request, response);
}

async function answer(request, response) {
	const { pathname, searchParams } = new URL(request.url, "http://localhost");
	if (pathname === "/held") {
		await held();
		response.end(BODY);
	} else if (pathname === "/handed-on") {
		await held();
		response.writeHead(200, HANDED_ON).end(BODY);
	} else if (pathname === "/dropped") {
		dropped();
	} else if (pathname === "/stream") {
		response.write("begun, ");
		await held();
		response.end("ended");
	} else if (pathname === "/events") {
		events(response, searchParams.has("forgets"));
	} else if (pathname === "/poll") {
		poll(response);
	} else if (pathname === "/work") {
		work(response);
	} else if (pathname === "/order") {
		order(response);
	} else if (pathname === "/large") {
		await pipeline(Readable.from(large()), response);
	} else if (pathname === "/whole") {
		whole(response, searchParams.get("megabytes") ?? undefined);
	} else if (pathname === "/push") {
		push(response);
	} else if (pathname === "/endless") {
		writeForEver(response);
	} else if (pathname === "/early") {
		let bytes = 0;
		request.on("data", (chunk) => (bytes += chunk.length)).on("end", () => tell(`read ${bytes}`));
		await once(request, "data");
		request.pause();
		response.end("accepted");
		await held();
		request.resume();
	} else if (pathname === "/upload") {
		let bytes = 0;
		request.on("data", (chunk) => (bytes += chunk.length)).on("end", () => response.end(`${bytes} bytes`));
		void held();
	} else {
		if (pathname === "/overflow") process.nextTick(overflow);
		if (pathname.startsWith("/crash/")) crash(pathname.slice(7));
		response.end("now");
	}
}
