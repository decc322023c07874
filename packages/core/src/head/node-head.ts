import type { ServerResponse } from "node:http";

const http = process.getBuiltinModule("node:http");

/** The methods of the head. The last one is public too, but Node's types know it on requests only. */
type Head = Pick<
	ServerResponse,
	| "setHeader"
	| "appendHeader"
	| "removeHeader"
	| "getHeader"
	| "hasHeader"
	| "getHeaders"
	| "getHeaderNames"
	| "writeHead"
> & { getRawHeaderNames(): string[] };

// Where all but the last are Node's: what somebody has put on ServerResponse in front of them is not.
const prototype: Omit<Head, "writeHead"> = http.OutgoingMessage.prototype as ServerResponse & Head;

/** Node's own, as they were when this package was loaded. */
export const NODE: Head = {
	setHeader: prototype.setHeader,
	appendHeader: prototype.appendHeader,
	removeHeader: prototype.removeHeader,
	getHeader: prototype.getHeader,
	hasHeader: prototype.hasHeader,
	getHeaders: prototype.getHeaders,
	getHeaderNames: prototype.getHeaderNames,
	getRawHeaderNames: prototype.getRawHeaderNames,
	writeHead: http.ServerResponse.prototype.writeHead,
};

const { get: headersSent } = Object.getOwnPropertyDescriptor(http.OutgoingMessage.prototype, "headersSent")!;

/** What Node knows, whatever somebody shows in its place. */
export function isSent(response: ServerResponse): boolean {
	return headersSent!.call(response);
}

/** The older name of writeHead, which Node may have given up. It does not go by what was put in the place of that. */
export const HAS_WRITE_HEADER: boolean = "writeHeader" in http.ServerResponse.prototype;

export function hasNodeHeaders(response: ServerResponse): boolean {
	return NODE.getRawHeaderNames.call(response).length > 0;
}

/** Whether nobody has put anything of his own in front of Node's methods: on the response, a prototype, or a class. */
export function hasNodeMethods(response: ServerResponse & Partial<Head>): boolean {
	return (
		response.setHeader === NODE.setHeader &&
		response.appendHeader === NODE.appendHeader &&
		response.removeHeader === NODE.removeHeader &&
		response.getHeader === NODE.getHeader &&
		response.hasHeader === NODE.hasHeader &&
		response.getHeaders === NODE.getHeaders &&
		response.getHeaderNames === NODE.getHeaderNames &&
		response.getRawHeaderNames === NODE.getRawHeaderNames &&
		response.writeHead === NODE.writeHead
	);
}
