import type { ServerResponse } from "node:http";
import type { Fields } from "./fields.ts";
import { hasNodeHeaders, isSent, NODE } from "./node-head.ts";

// On the response itself, so that two copies of this package in one program do not keep one head twice.
const kFields: unique symbol = Symbol.for("production-ready.fields") as never;

/** A response whose headers are kept here until its head leaves. */
export interface Kept extends ServerResponse {
	[kFields]?: Fields | undefined;
}

/** Nothing where Node keeps them itself. They stay when the head is out, to be asked for. */
export function fieldsOf(response: Kept): Fields | undefined {
	return response[kFields];
}

export function startFields(response: Kept): void {
	response[kFields] = [];
}

/** To be changed: nothing where Node keeps them, or refuses because the head is out. */
export function openFields(response: Kept): Fields | undefined {
	const fields = response[kFields];
	return fields === undefined || isSent(response) ? undefined : fields;
}

/** All of them: where somebody has called Node's own method past ours, Node has some too, and gets the others. */
export function wholeFields(response: Kept): Fields | undefined {
	const fields = response[kFields];
	if (fields === undefined || !hasNodeHeaders(response)) return fields;
	settle(response);
	return undefined;
}

/** Gives all to Node, which keeps them from now on. */
export function settle(response: Kept): void {
	const fields = response[kFields];
	response[kFields] = undefined;
	if (fields === undefined) return;
	for (let index = 0; index < fields.length; index += 2) {
		NODE.setHeader.call(response, fields[index] as string, fields[index + 1]!);
	}
}
