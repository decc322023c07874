import { STATUS_CODES } from "node:http";
import type { HeaderPair, Verdict } from "./exchange/exchange.ts";

/**
 * What a client is told of an error: problem+json (RFC 9457) with the request's id. Of an error that is ours
 * (500 and above) nothing but the status; of one that is the client's, the message. http-errors' `expose` decides
 * otherwise.
 * Never a stack, whatever NODE_ENV says.
 */
export function problem(error: unknown, status: number, requestId: string): Verdict {
	const title = STATUS_CODES[status] ?? "Error";
	const isShown = (read(error, "expose") ?? status < 500) === true;
	const detail = isShown ? messageOf(error) : undefined;
	return {
		status,
		headers: [
			["content-type", "application/problem+json; charset=utf-8"],
			["cache-control", "no-store"],
			...headersOf(error),
		],
		body: JSON.stringify({
			type: "about:blank",
			title,
			status,
			...(detail === undefined || detail === title ? undefined : { detail }),
			...(requestId === "" ? undefined : { requestId }),
		}),
	};
}

/** The status that the thrower meant (`statusCode`, `status`: http-errors, body-parser, Fastify). */
export function statusOf(error: unknown): number | undefined {
	return [read(error, "statusCode"), read(error, "status")].find(isErrorStatus);
}

export function isErrorStatus(status: unknown): status is number {
	return typeof status === "number" && Number.isInteger(status) && status >= 400 && status <= 599;
}

const MAX_DETAIL_CHARACTERS = 1_000;

function messageOf(error: unknown): string | undefined {
	const message = read(error, "message");
	return typeof message === "string" && message !== "" ? message.slice(0, MAX_DETAIL_CHARACTERS) : undefined;
}

/** Headers that http-errors carries along, such as Retry-After; what is no header value is left out. */
function headersOf(error: unknown): readonly HeaderPair[] {
	const headers = read(error, "headers");
	return keysOf(headers).flatMap((key): HeaderPair[] => {
		const name = key.toLowerCase();
		const value = read(headers, key);
		if (!/^[a-z0-9-]+$/.test(name) || OF_THE_ANSWER.test(name)) return [];
		if (typeof value !== "string" && typeof value !== "number") return [];
		return /^[\t\x20-\x7e\x80-\xff]*$/.test(String(value)) ? [[name, String(value)]] : [];
	});
}

function keysOf(value: unknown): string[] {
	try {
		return typeof value === "object" && value !== null ? Object.keys(value) : [];
	} catch {
		return [];
	}
}

/** What the answer itself decides. */
const OF_THE_ANSWER = /^(?:content-|transfer-encoding$|connection$)/;

/** Anything can be thrown, also what throws when it is looked at. */
function read(error: unknown, key: string): unknown {
	if ((typeof error !== "object" && typeof error !== "function") || error === null) return undefined;
	try {
		return (error as Record<string, unknown>)[key];
	} catch {
		return undefined;
	}
}
