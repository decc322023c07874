import type { ServerResponse } from "node:http";

/**
 * For a response that was answered while its route still runs: what the route goes on to say changes nothing, and does not
 * throw. Node throws at who sets a header then, out of whatever event it was said in, and that would end the process.
 */
export function muteResponse(response: ServerResponse): void {
	const { statusCode } = response;
	Object.assign(response, SILENT);
	Object.defineProperty(response, "statusCode", { get: () => statusCode, set: () => {} });
}

const SILENT = {
	setHeader: ignore,
	setHeaders: ignore,
	appendHeader: ignore,
	removeHeader: ignore,
	writeHead: ignore,
	flushHeaders: ignore,
	addTrailers: ignore,
	writeContinue: ignore,
	writeEarlyHints: ignore,
	writeProcessing: ignore,
	write(...args: unknown[]): boolean {
		callBack(args);
		return true;
	},
	end(...args: unknown[]): unknown {
		callBack(args);
		return this;
	},
};

function ignore(this: unknown): unknown {
	return this;
}

/** Whoever waits for it to be written goes on. */
function callBack(args: readonly unknown[]): void {
	const last = args.at(-1);
	if (typeof last === "function") process.nextTick(last as () => void);
}
