import type { Fault } from "../errors.ts";
import { deadlineWithin } from "./layers.ts";
import type { RoomValues } from "./resolve.ts";

/** A deadline that lies behind the platform's kill is no deadline: the process dies with its requests. */
export function graceFaults(
	shutdown: RoomValues | false,
	graceMs: number | undefined,
	origins: Readonly<Record<string, string>>,
): readonly Fault[] {
	if (shutdown === false || graceMs === undefined || graceMs === 0) return [];
	const deadlineMs = shutdown.deadlineMs as number;
	if (deadlineMs < graceMs || origins["shutdown.deadlineMs"] !== "code") return [];
	return [
		{
			code: "OPTIONS_INCOHERENT",
			at: "shutdown.deadlineMs",
			problem: `is ${deadlineMs} ms, and the platform kills the process ${graceMs} ms after its signal`,
			hint: `shutdown: { deadlineMs: ${deadlineWithin(graceMs)} }, or more grace and SHUTDOWN_GRACE_SECONDS`,
		},
	];
}
