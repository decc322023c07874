import type { ServerResponse } from "node:http";

const SETTERS = ["setHeader", "appendHeader", "removeHeader"] as const;

/**
 * Makes a response look like one whose head is out while it is held back: whoever would answer a second time, or set
 * a header too late, learns it as ever, and a status that is set too late changes nothing. Gives the key back.
 */
export function lockHead(response: ServerResponse, hasEnded: () => boolean): () => void {
	const { statusCode } = response;
	// HTTP/2 has no words behind it, and Node warns who asks.
	const words = response.req.httpVersionMajor < 2 ? (response.statusMessage ?? "") : undefined;
	const before = new Map(
		["headersSent", "writableEnded", ...SETTERS].map((name) => [
			name,
			Object.getOwnPropertyDescriptor(response, name),
		]),
	);
	Object.defineProperties(response, {
		headersSent: { configurable: true, get: () => true },
		writableEnded: { configurable: true, get: hasEnded },
	});
	for (const name of SETTERS) Object.defineProperty(response, name, { configurable: true, value: tooLate });
	return () => {
		response.statusCode = statusCode;
		if (words !== undefined) response.statusMessage = words;
		for (const [name, descriptor] of before) {
			Reflect.deleteProperty(response, name);
			if (descriptor !== undefined) Object.defineProperty(response, name, descriptor);
		}
	};
}

/** What Node says then. */
function tooLate(): never {
	throw Object.assign(new Error("Cannot set headers after they are sent to the client"), {
		code: "ERR_HTTP_HEADERS_SENT",
	});
}
