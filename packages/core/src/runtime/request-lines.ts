import { sayGivenUp } from "../lifecycle/late.ts";
import type { Logger } from "../log/logger.ts";
import { say } from "../log/say.ts";
import { writeBadBytes } from "../logging/bad-bytes.ts";
import { createRefusals, type Refusals } from "../logging/refusals.ts";
import { writeStall } from "../logging/stall.ts";
import { writeUpgrade } from "../logging/upgrade.ts";
import type { ConnectionEvents } from "../server/connection-events.ts";
import type { ProcessOptions } from "./process-options.ts";
import { requestIdMaker } from "./request-ids.ts";

/** Lines of what no app gets to see: bytes that are no request, and what has left HTTP. */
export interface RequestLines
	extends Pick<ConnectionEvents, "onBadBytes" | "onUpgradeEnd" | "onStall" | "onGiveUp" | "onDrop"> {
	readonly refusals: Refusals;
}

export function createRequestLines(options: ProcessOptions, log: () => Logger): RequestLines {
	const refusals = createRefusals(options.logging, log);
	const isLogging = (): boolean => options.config()?.rooms.logging !== false;
	return {
		refusals,
		onBadBytes(bytes) {
			if (isLogging()) writeBadBytes(bytes, log(), refusals);
		},
		onStall(request) {
			if (isLogging()) writeStall(request, log());
		},
		onGiveUp: (requests) => sayGivenUp(log(), requests),
		onDrop(dropped) {
			const hint = "raise server.maxConnections, or find out who opens so many";
			say(log(), "warn", { dropped, hint }, "connections were closed: there are as many as there may be");
		},
		onUpgradeEnd(ended) {
			const config = options.config();
			if (config !== undefined && isLogging())
				writeUpgrade(ended, requestIdMaker(config)?.(ended.request), log());
		},
	};
}
