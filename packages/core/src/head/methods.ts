import type { OutgoingHttpHeaders } from "node:http";
import { type FieldValue, indexOfName, isPlain, putField } from "./fields.ts";
import { fieldsOf, type Kept, openFields, settle, wholeFields } from "./kept.ts";
import { NODE } from "./node-head.ts";

// What Node's methods say and do, on a list of ours. One function for all responses; of all that is odd Node says itself
// what it thinks, and keeps the head from then on.

export function setHeader(this: Kept, name: string, value: FieldValue | readonly string[]): Kept {
	const fields = openFields(this);
	if (fields === undefined || !isPlain(name, value)) {
		if (fields !== undefined) settle(this);
		return NODE.setHeader.call(this, name, value) as Kept;
	}
	putField(fields, name, value);
	return this;
}

export function appendHeader(this: Kept, name: string, value: string | readonly string[]): Kept {
	const fields = openFields(this);
	if (fields === undefined || !isPlain(name, value)) {
		if (fields !== undefined) settle(this);
		return NODE.appendHeader.call(this, name, value) as Kept;
	}
	const index = indexOfName(fields, name);
	if (index === -1) return this.setHeader(name, value) as Kept;
	const before = fields[index + 1] as FieldValue;
	const values = Array.isArray(before) ? before : [before as string];
	fields[index + 1] = values;
	if (Array.isArray(value)) for (const each of value) values.push(each);
	else values.push(value as string);
	return this;
}

export function removeHeader(this: Kept, name: string): void {
	// Node remembers that some of them were taken away, also such as were not there.
	NODE.removeHeader.call(this, name);
	const fields = fieldsOf(this);
	const index = fields === undefined ? -1 : indexOfName(fields, name);
	if (index !== -1) fields!.splice(index, 2);
}

export function getHeader(this: Kept, name: string): ReturnType<typeof NODE.getHeader> {
	const index = indexIn(this, name);
	return index === -1 ? NODE.getHeader.call(this, name) : fieldsOf(this)![index + 1];
}

export function hasHeader(this: Kept, name: string): boolean {
	return indexIn(this, name) !== -1 || NODE.hasHeader.call(this, name);
}

function indexIn(response: Kept, name: unknown): number {
	const fields = fieldsOf(response);
	return fields === undefined || typeof name !== "string" ? -1 : indexOfName(fields, name);
}

export function getHeaders(this: Kept): OutgoingHttpHeaders {
	const fields = wholeFields(this);
	const headers = NODE.getHeaders.call(this);
	if (fields === undefined) return headers;
	for (let index = 0; index < fields.length; index += 2) {
		headers[(fields[index] as string).toLowerCase()] = fields[index + 1]!;
	}
	return headers;
}

export function getHeaderNames(this: Kept): string[] {
	const fields = wholeFields(this);
	const names = NODE.getHeaderNames.call(this);
	if (fields === undefined) return names;
	for (let index = 0; index < fields.length; index += 2) names.push((fields[index] as string).toLowerCase());
	return names;
}

export function getRawHeaderNames(this: Kept): string[] {
	const fields = wholeFields(this);
	const names = NODE.getRawHeaderNames.call(this);
	if (fields === undefined) return names;
	for (let index = 0; index < fields.length; index += 2) names.push(fields[index] as string);
	return names;
}
