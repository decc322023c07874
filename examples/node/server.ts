// First, so that the server below is found and its requests have a context.
import "@production-ready/core/bootstrap";
import { createServer } from "node:http";
import { getContext } from "@production-ready/core/context";

createServer((_request, response) => {
	response.setHeader("content-type", "application/json");
	response.end(JSON.stringify({ requestId: getContext()?.requestId }));
}).listen(Number(process.env.PORT ?? 3000));
