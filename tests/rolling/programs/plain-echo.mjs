import { text } from "node:stream/consumers";
import { NAME, work } from "./stage.mjs";

/** The handler of programs without a framework. */
export async function echo(request, response) {
	const body = await text(request);
	await work();
	for (const [name, value] of Object.entries(NAME)) response.setHeader(name, value);
	response.end(body);
}
