import type { IncomingHttpHeaders } from "node:http";
import { newId } from "./new-id.ts";

/**
 * What an id from outside may look like. It goes into log lines, headers and error bodies, so it may hold nothing
 * that breaks one of them: no spaces, quotes, control characters, and no more than 128 characters.
 */
export const WELL_FORMED_ID: RegExp = /^[A-Za-z0-9._:-]{1,128}$/;

/** The inbound id where it is well formed, else a new one. A header sent twice counts as not well formed. */
export function chooseRequestId(headers: IncomingHttpHeaders, header: string, accept: RegExp): string {
	const inbound = headers[header];
	return typeof inbound === "string" && accept.test(inbound) ? inbound : newId();
}

/** Ids that platforms give a request, under the names they use; looked up, never trusted for anything but the log. */
export const UPSTREAM_ID_HEADERS: readonly string[] = [
	"cf-ray",
	"x-amzn-trace-id",
	"x-amz-cf-id",
	"x-appgw-trace-id",
	"x-azure-ref",
	"x-cloud-trace-context",
	"fly-request-id",
	"x-railway-request-id",
	"x-vercel-id",
	"x-correlation-id",
];
const UPSTREAM_ID: RegExp = /^[A-Za-z0-9._:=;/-]{1,256}$/;

export function findUpstreamId(headers: IncomingHttpHeaders): string | undefined {
	for (let index = 0; index < UPSTREAM_ID_HEADERS.length; index++) {
		const value = headers[UPSTREAM_ID_HEADERS[index]!];
		if (typeof value === "string" && UPSTREAM_ID.test(value)) return value;
	}
	return undefined;
}
