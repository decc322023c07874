import type { IncomingMessage } from "node:http";
import { exchangeOf } from "../exchange/exchange.ts";
import type { Logger } from "../log/logger.ts";
import { redactUrl } from "../log/redaction.ts";
import { say } from "../log/say.ts";

const STALLED = "the client took nothing of its answer for too long, and was cut";

/** Tells why an answer was cut: by the line that its request has of its own, or where it has none. */
export function writeStall(request: IncomingMessage | undefined, log: Logger): void {
	const exchange = request && exchangeOf(request);
	if (exchange !== undefined) {
		exchange.error ??= new Error(STALLED);
		return;
	}
	const { method, url } = request ?? {};
	say(log, "debug", { method, path: url === undefined ? undefined : redactUrl(url) }, STALLED);
}
