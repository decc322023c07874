import type { Logger } from "../log/logger.ts";
import { writeBadBytes } from "../logging/bad-bytes.ts";
import { createRefusals, type Refusals } from "../logging/refusals.ts";
import { writeUpgrade } from "../logging/upgrade.ts";
import type { ConnectionEvents } from "../server/connections.ts";
import type { ProcessOptions } from "./process-options.ts";
import { requestIdMaker } from "./request-ids.ts";

/** Lines of what no app gets to see: bytes that are no request, and what has left HTTP. */
export interface RequestLines extends Pick<ConnectionEvents, "onBadBytes" | "onUpgradeEnd"> {
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
		onUpgradeEnd(ended) {
			const config = options.config();
			if (config !== undefined && isLogging())
				writeUpgrade(ended, requestIdMaker(config)?.(ended.request), log());
		},
	};
}
