import type { IncomingMessage } from "node:http";
import { exchangeOf } from "../exchange/exchange.ts";
import type { Logger } from "../log/logger.ts";
import { say } from "../log/say.ts";
import type { Refusals } from "./refusals.ts";

/** What the server has heard of it. */
interface BadBytes {
	readonly error: NodeJS.ErrnoException;
	readonly status: number | undefined;
	readonly peer: string | undefined;
	readonly isEmpty: boolean;
	readonly request: IncomingMessage | undefined;
}

/** What it counts as where it was not answered. */
const BAD_REQUEST = 400;

/** Of Node's parser, its clock and its own rules; other errors are those of a connection, and nobody was refused. */
const OF_A_REQUEST = /^HPE_|^ERR_HTTP_/;

/** The one line of what is no request, as its request would have had one: nobody could read an id or a path. */
export function writeBadBytes(
	{ error, status, peer, isEmpty, request }: BadBytes,
	log: Logger,
	refusals: Refusals,
): void {
	const { code: reason = "" } = error;
	// A connection that has said nothing has asked for nothing: browsers open some in advance.
	if (isEmpty || !OF_A_REQUEST.test(reason)) {
		say(log, "debug", { err: error, status }, "a connection failed");
		return;
	}
	const exchange = request && exchangeOf(request);
	if (exchange !== undefined) {
		// It has a line of its own, which tells why.
		exchange.error ??= error;
		return;
	}
	if (log.isLevelEnabled?.("warn") === false || !refusals.admit(status ?? BAD_REQUEST, peer ?? "")) return;
	say(log, "warn", { status, peer, reason }, "request refused");
}
