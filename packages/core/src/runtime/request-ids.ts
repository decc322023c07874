import type { IncomingMessage } from "node:http";
import type { Config } from "../config/resolve.ts";
import type { RequestIdPolicy } from "../context/context.ts";
import { chooseRequestId } from "../context/request-id.ts";
import { exchangeOf } from "../exchange/exchange.ts";

/** For who asks for an id before the rooms are entered, or without them; nothing while the room is off. */
export function requestIdMaker({ rooms }: Config): ((request: IncomingMessage) => string) | undefined {
	const values = rooms.requestId as RequestIdPolicy | false;
	if (values === false) return undefined;
	const { header, accept } = values;
	return (request) => exchangeOf(request)?.requestId || chooseRequestId(request.headers, header, accept);
}
