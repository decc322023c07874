import type { OutgoingHttpHeaders } from "node:http";
import { fieldsOf, type Kept, settle, wholeFields } from "./kept.ts";
import { isSent, NODE } from "./node-head.ts";

const { STATUS_CODES } = process.getBuiltinModule("node:http");

type Write = (this: Kept, status: number, reason?: unknown, headers?: unknown) => Kept;
const writeNodeHead = NODE.writeHead as unknown as Write;

/** Hands all to Node at once. Each header costs a part of what it costs to be set in Node's dictionary. */
export function writeHead(this: Kept, status: number, reason?: unknown, headers?: unknown): Kept {
	const given = typeof reason === "string" ? headers : (headers ?? reason);
	if (given) {
		if (isSent(this) || !isStatus(status)) return writeNodeHead.call(this, status, reason, headers);
		// A list may name one header twice, and is merged in other ways by other versions of Node. Where nothing was set,
		// Node does not even keep what is given.
		if (Array.isArray(given) || fieldsOf(this)?.length === 0) settle(this);
		if (fieldsOf(this) === undefined) return writeNodeHead.call(this, status, reason, headers);
		merge(this, status, reason, given as OutgoingHttpHeaders);
	}
	const fields = wholeFields(this);
	return typeof reason === "string"
		? writeNodeHead.call(this, status, reason, fields)
		: writeNodeHead.call(this, status, fields);
}

function isStatus(status: unknown): boolean {
	const code = (status as number) | 0;
	return code >= 100 && code <= 999;
}

/** What Node does before it sees to the status line, in its order: a header that is refused leaves as much behind. */
function merge(response: Kept, status: number, reason: unknown, given: OutgoingHttpHeaders): void {
	if (typeof reason === "string") response.statusMessage = reason;
	else response.statusMessage ||= STATUS_CODES[status | 0] || "unknown";
	response.statusCode = status | 0;
	for (const name of Object.keys(given)) if (name) response.setHeader(name, given[name]!);
}
