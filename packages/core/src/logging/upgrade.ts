import type { IncomingMessage } from "node:http";
import type { Logger } from "../log/logger.ts";
import { redactUrl } from "../log/redaction.ts";
import { say } from "../log/say.ts";

/** What the server has heard of a connection that left HTTP. */
interface EndedUpgrade {
	readonly request: IncomingMessage;
	readonly protocol: string | undefined;
	readonly isUnanswered: boolean;
	readonly startedAtMs: number;
	readonly peer: string | undefined;
}

/** The one line of a request that became something else, such as a WebSocket: when that is over. */
export function writeUpgrade(ended: EndedUpgrade, requestId: string | undefined, log: Logger): void {
	if (log.isLevelEnabled?.("info") === false) return;
	const { request, protocol = "tunnel", isUnanswered, startedAtMs, peer } = ended;
	const line = {
		requestId,
		method: request.method,
		path: redactUrl((request.url ?? "").split("?", 1)[0]!),
		upgrade: protocol,
		durationMs: Math.round(performance.now() - startedAtMs),
		peer,
	};
	say(log, "info", line, isUnanswered ? "upgrade not answered" : "upgrade ended");
}
