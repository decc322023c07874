import type { HeaderPair, Verdict } from "./exchange/exchange.ts";

const { STATUS_CODES } = process.getBuiltinModule("node:http");

/**
 * What a client is told of an error: problem+json (RFC 9457) with the request's id. The message only of an error that
 * says itself that it is the client's (400 to 499): another one may hold anything, also where the program has set such a
 * status before it came. http-errors' `expose` decides otherwise. Never a stack, whatever NODE_ENV says.
 */
export function problem(error: unknown, status: number, requestId: string): Verdict {
	const title = STATUS_CODES[status] ?? "Error";
	const isClients = (statusOf(error) ?? 500) < 500;
	const isShown = (read(error, "expose") ?? isClients) === true;
	const detail = isShown ? messageOf(error) : undefined;
	return {
		status,
		reason: detail,
		headers: [PROBLEM_TYPE, NO_STORE, ...headersOf(error)],
		body: JSON.stringify({
			type: "about:blank",
			title,
			status,
			...(detail === undefined || detail === title ? undefined : { detail }),
			...(requestId === "" ? undefined : { requestId }),
		}),
	};
}

/**
 * Writes the body of an answer that says no more than its status, in the form above: nothing was thrown, so there is no
 * error to look into, and all but the id is at hand.
 */
export function plainProblem(status: number): (requestId: string) => string {
	const closed = problem(undefined, status, "").body;
	const opening = `${closed.slice(0, -1)},"requestId":`;
	return (requestId) => (requestId === "" ? closed : `${opening}${JSON.stringify(requestId)}}`);
}

export const PROBLEM_TYPE: HeaderPair = ["content-type", "application/problem+json; charset=utf-8"];
export const NO_STORE: HeaderPair = ["cache-control", "no-store"];

/** What the route has said of a body that will not come. */
export const OF_A_FAILED_ANSWER: readonly string[] = [
	"content-encoding",
	"content-language",
	"content-range",
	"content-disposition",
	"content-length",
	"etag",
	"last-modified",
	"trailer",
	"transfer-encoding",
];

/** The status that the thrower meant (`statusCode`, `status`: http-errors, body-parser, Fastify). */
export function statusOf(error: unknown): number | undefined {
	return [read(error, "statusCode"), read(error, "status")].find(isErrorStatus);
}

export function isErrorStatus(status: unknown): status is number {
	return typeof status === "number" && Number.isInteger(status) && status >= 400 && status <= 599;
}

const MAX_DETAIL_CHARACTERS = 1_000;

/** What an error says, as far as a client or a line of the log may have it. */
export function messageOf(error: unknown): string | undefined {
	const message = read(error, "message");
	return typeof message === "string" && message !== "" ? message.slice(0, MAX_DETAIL_CHARACTERS) : undefined;
}

/** Headers that http-errors carries along, such as Retry-After; what is no header value is left out. */
function headersOf(error: unknown): readonly HeaderPair[] {
	const headers = read(error, "headers");
	return keysOf(headers).flatMap((key): HeaderPair[] => {
		const name = key.toLowerCase();
		if (!/^[a-z0-9-]+$/.test(name) || OF_THE_ANSWER.test(name)) return [];
		const value = read(headers, key);
		// The one header that cannot be written as a list in one line.
		const values = name === "set-cookie" && Array.isArray(value) ? value : [value];
		return values.filter(isHeaderValue).map((text) => [name, String(text)]);
	});
}

function isHeaderValue(value: unknown): boolean {
	if (typeof value !== "string" && typeof value !== "number") return false;
	return /^[\t\x20-\x7e\x80-\xff]*$/.test(String(value));
}

function keysOf(value: unknown): string[] {
	try {
		return typeof value === "object" && value !== null ? Object.keys(value) : [];
	} catch {
		return [];
	}
}

/** What the answer itself decides; but a 416 says by Content-Range how much there is (RFC 9110, 15.5.17). */
const OF_THE_ANSWER = /^(?:content-(?!range$)|transfer-encoding$|connection$|keep-alive$|trailer$|upgrade$)/;

/** Anything can be thrown, also what throws when it is looked at. */
function read(error: unknown, key: string): unknown {
	if ((typeof error !== "object" && typeof error !== "function") || error === null) return undefined;
	try {
		return (error as Record<string, unknown>)[key];
	} catch {
		return undefined;
	}
}
