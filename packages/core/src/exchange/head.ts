import type { ServerResponse } from "node:http";
import { isKept } from "../head/keep-head.ts";
import { writeHead as writeKeptHead } from "../head/write-head.ts";
import { type Exchange, exchangeOf, type OnHead } from "./exchange.ts";

type WriteHead = ServerResponse["writeHead"];
const keptWriteHead = writeKeptHead as unknown as WriteHead;
const ownWriteHeads = new WeakMap<ServerResponse, WriteHead>();

/**
 * Lets `exchange.onHead` see the head of the answer as it leaves. Every way to write one ends in `writeHead`: `end`,
 * `write`, `flushHeaders` and a framework's own call, with HTTP/2 too. Ours is put there before the routes run, so what
 * other packages put around it has done its part by then.
 */
export function watchHead(exchange: Exchange, onHead: OnHead): void {
	const isWatched = exchange.onHead !== undefined;
	exchange.onHead = onHead;
	// A route that sees for itself takes the place of the app, behind whatever was put around ours since.
	if (isWatched) return;
	const { response } = exchange;
	const { writeHead: before } = response;
	// What stands on most of them needs no place of its own.
	if (before !== keptWriteHead && Object.hasOwn(response, "writeHead")) ownWriteHeads.set(response, before);
	response.writeHead = writeHead as WriteHead;
}

/** One function for all responses: it finds the exchange through the request. */
function writeHead(this: ServerResponse, ...args: unknown[]): ServerResponse {
	const exchange = exchangeOf(this.req);
	// Of a head that is out already Node says so itself.
	if (exchange?.onHead !== undefined && !this.headersSent) exchange.onHead(exchange, args);
	const inner: WriteHead =
		ownWriteHeads.get(this) ?? (isKept(this) ? keptWriteHead : Object.getPrototypeOf(this).writeHead);
	return inner.apply(this, args as Parameters<WriteHead>);
}

/**
 * A header as it will leave: what `writeHead` was given, as an object or as a list in either of Node's two forms, else
 * what was set before. `name` is in lower case.
 */
export function leavingHeader(
	response: Pick<ServerResponse, "getHeader">,
	args: readonly unknown[],
	name: string,
): unknown {
	const given = args[2] ?? args[1];
	const hasHeaders = typeof given === "object" && given !== null;
	return (hasHeaders ? givenHeader(given, name) : undefined) ?? response.getHeader(name);
}

/**
 * Sets on the response what `writeHead` was given, so that more can be added to it, and gives the arguments that are left. A list
 * may name one header twice. What is no list of pairs stays, and Node refuses it.
 */
export function setGiven(response: ServerResponse, args: readonly unknown[]): unknown[] {
	const [status, reason] = args;
	const given = args[2] ?? reason;
	if (typeof given !== "object" || given === null) return [...args];
	const pairs = Array.isArray(given) ? listed(given) : Object.entries(given);
	if (pairs === undefined) return [...args];
	const isFlat = Array.isArray(given) && !Array.isArray(given[0]);
	if (isFlat) for (const [name] of pairs) response.removeHeader(name as string);
	for (const [name, value] of pairs) {
		if (isFlat) response.appendHeader(name as string, value as string);
		else if (name) response.setHeader(name as string, value as string);
	}
	return typeof reason === "string" ? [status, reason] : [status];
}

function listed(given: readonly unknown[]): readonly (readonly unknown[])[] | undefined {
	if (Array.isArray(given[0])) return given as unknown[][];
	return given.length % 2 === 0 ? pairsOf(given) : undefined;
}

function givenHeader(given: object, name: string): unknown {
	if (!Array.isArray(given)) {
		for (const key in given) if (isCalled(key, name)) return (given as Record<string, unknown>)[key];
		return undefined;
	}
	const pairs: readonly unknown[][] = Array.isArray(given[0]) ? given : pairsOf(given);
	return pairs.find(([key]) => isCalled(key, name))?.[1];
}

function pairsOf(flat: readonly unknown[]): unknown[][] {
	return Array.from({ length: flat.length >> 1 }, (_, index) => flat.slice(2 * index, 2 * index + 2));
}

function isCalled(key: unknown, name: string): boolean {
	return (
		key === name || (typeof key === "string" && key.length === name.length && key.toLowerCase() === name)
	);
}
