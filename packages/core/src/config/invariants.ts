import type { Mode } from "../env/variables.ts";
import type { Fault } from "../errors.ts";
import { leavingMs } from "../lifecycle/shutdown-times.ts";
import { deadlineWithin, type Surrounding } from "./layers.ts";

type Values = Readonly<Record<string, unknown>> | false;

/** Faults that show only when rooms and surroundings are seen together; `isChosen`: the code has said the deadline. */
export function invariantFaults(
	{ shutdown, https }: Readonly<Record<"shutdown" | "https", Values>>,
	isChosen: boolean,
	{ graceMs, mode }: Surrounding,
	externalUrl: string | undefined,
): readonly Fault[] {
	return [
		...(shutdown && isChosen ? graceFaults(shutdown.deadlineMs, graceMs) : []),
		...(https ? schemeFaults(https.redirect, externalUrl, mode) : []),
	];
}

/** A platform that kills before the exit behind a deadline is through leaves no word of what was cut. */
function graceFaults(deadlineMs: unknown, graceMs: number | undefined): readonly Fault[] {
	if (typeof deadlineMs !== "number" || !graceMs) return [];
	const exitMs = Math.ceil(leavingMs(deadlineMs, 0, true));
	if (deadlineMs + exitMs <= graceMs) return [];
	return [
		{
			code: "OPTIONS_INCOHERENT",
			at: "shutdown.deadlineMs",
			problem: `is ${deadlineMs} ms, the exit behind it may take ${exitMs} ms, and the platform kills the process ${graceMs} ms after its signal`,
			hint: `shutdown: { deadlineMs: ${deadlineWithin(graceMs)} }, or more grace and SHUTDOWN_GRACE_SECONDS`,
		},
	];
}

/** Users are sent to https, and EXTERNAL_URL says that they come by http: one of the two is a mistake. */
function schemeFaults(redirect: unknown, externalUrl: string | undefined, mode: Mode): readonly Fault[] {
	const isPlain = externalUrl !== undefined && new URL(externalUrl).protocol === "http:";
	// A developer's is http://localhost:3000, and nobody is sent away from there.
	if (mode !== "production" || !isPlain || !redirect) return [];
	return [
		{
			code: "OPTIONS_INCOHERENT",
			at: "https.redirect",
			problem: "sends users to https, and EXTERNAL_URL says that they come by http",
			hint: "EXTERNAL_URL=https://..., or https: false",
		},
	];
}
