import type { Fault } from "../errors.ts";
import { deadlineWithin } from "./layers.ts";

/** A deadline that lies behind the platform's kill is no deadline: the process dies with its requests. */
export function graceFaults(deadlineMs: unknown, graceMs: number | undefined): readonly Fault[] {
	if (typeof deadlineMs !== "number" || !graceMs || deadlineMs < graceMs) return [];
	return [
		{
			code: "OPTIONS_INCOHERENT",
			at: "shutdown.deadlineMs",
			problem: `is ${deadlineMs} ms, and the platform kills the process ${graceMs} ms after its signal`,
			hint: `shutdown: { deadlineMs: ${deadlineWithin(graceMs)} }, or more grace and SHUTDOWN_GRACE_SECONDS`,
		},
	];
}
