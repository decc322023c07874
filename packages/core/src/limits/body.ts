import type { IncomingMessage } from "node:http";
import type { Exchange, RequestLimits, Verdict } from "../exchange/exchange.ts";
import { statusOf } from "../problem.ts";
import { isPlain, judge } from "./judge.ts";
import { bodyRefused, encodingUnsupported, tooManyParameters } from "./refusals.ts";

/** Judges what a parser has made of a body. */
export function bodyVerdict(body: unknown, limits: RequestLimits, requestId: string): Verdict | undefined {
	const wrong = judge(body, limits);
	return wrong === undefined ? undefined : bodyRefused(wrong, requestId);
}

/** The same, where a framework's own parser has read it, which neither decodes nor counts the fields of a form. */
export function parsedVerdict(exchange: Exchange, body: unknown): Verdict | undefined {
	const { request, requestId, limits } = exchange;
	// Bytes and streams are for a program that wants a body as it came.
	if (limits === undefined || !(typeof body === "string" || isPlain(body))) return undefined;
	if (isUndecoded(exchange)) return encodingUnsupported(requestId);
	if (isForm(request) && fieldsOf(body) > limits.maxParameters)
		return tooManyParameters(limits.maxParameters, requestId);
	return bodyVerdict(body, limits, requestId);
}

/** In place of the error of a parser that was given a body as it came: packed, it is no text. */
export function unparsedVerdict(exchange: Exchange, error: unknown): Verdict | undefined {
	if (exchange.limits === undefined || statusOf(error) !== 400 || !isUndecoded(exchange)) return undefined;
	return encodingUnsupported(exchange.requestId);
}

function isUndecoded({ request, framework, native }: Exchange): boolean {
	return isEncoded(request) && framework.isBodyAsItCame?.(native) === true;
}

function isEncoded({ headers }: IncomingMessage): boolean {
	const encoding = headers["content-encoding"];
	return encoding !== undefined && !["", "identity"].includes(encoding.trim().toLowerCase());
}

function isForm({ headers }: IncomingMessage): boolean {
	return /^\s*application\/x-www-form-urlencoded\b/i.test(headers["content-type"] ?? "");
}

/** A field that came more than once is a list. */
function fieldsOf(body: object | string): number {
	if (typeof body === "string") return 0;
	return Object.values(body).reduce(
		(sum: number, value) => sum + (Array.isArray(value) ? value.length : 1),
		0,
	);
}
