import type { ServerResponse } from "node:http";
import { fieldsOf, openFields, startFields } from "./kept.ts";
import * as methods from "./methods.ts";
import { HAS_WRITE_HEADER, hasNodeHeaders, hasNodeMethods, isSent } from "./node-head.ts";
import { writeHead } from "./write-head.ts";

/**
 * Keeps the headers of an answer in a list of ours until its head leaves. The methods stand on the response itself: a
 * framework may put it under another prototype at any time. Where somebody has methods of his own there, or has set
 * headers before, Node goes on keeping them.
 */
export function keepHead(response: ServerResponse): undefined {
	if (!hasNodeMethods(response) || isSent(response) || hasNodeHeaders(response)) return;
	startFields(response);
	const own = response as unknown as Own;
	// One by one: V8 makes one shape of it for all responses.
	own.setHeader = methods.setHeader;
	own.appendHeader = methods.appendHeader;
	own.removeHeader = methods.removeHeader;
	own.getHeader = methods.getHeader;
	own.hasHeader = methods.hasHeader;
	own.getHeaders = methods.getHeaders;
	own.getHeaderNames = methods.getHeaderNames;
	own.getRawHeaderNames = methods.getRawHeaderNames;
	own.writeHead = writeHead;
	if (HAS_WRITE_HEADER) own.writeHeader = writeHead;
}

type Own = Record<keyof typeof methods | "writeHead" | "writeHeader", unknown>;

/** Whether they are kept here still: Node has them from the moment something odd is said. */
export function isKept(response: ServerResponse): boolean {
	return fieldsOf(response) !== undefined;
}

/** Sets what nobody has set yet: names, each followed by its value, that were judged before. */
export function setMissing(response: ServerResponse, recorded: readonly string[]): void {
	const fields = openFields(response);
	for (let index = 0; index < recorded.length; index += 2) {
		const name = recorded[index]!;
		const value = recorded[index + 1]!;
		if (response.hasHeader(name)) continue;
		if (fields === undefined) response.setHeader(name, value);
		else fields.push(name, value);
	}
}
