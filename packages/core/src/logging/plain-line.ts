import { isPlainAddress, isPlainText } from "../log/plain-text.ts";

/** What the line of a request holds; what is undefined is left out. */
export interface CompletionLine {
	readonly requestId: string | undefined;
	readonly traceId: string | undefined;
	readonly spanId: string | undefined;
	readonly upstreamId: string | undefined;
	readonly method: string | undefined;
	readonly path: string;
	readonly route: string | undefined;
	readonly status: number;
	readonly durationMs: number;
	readonly ip: string | undefined;
	readonly bytes: number | undefined;
	readonly isAborted: true | undefined;
	readonly reason: string | undefined;
	readonly err: unknown;
}

export const COMPLETED = "request completed";
export const ABORTED = "request aborted";
const COMPLETED_END = `,"msg":"${COMPLETED}"}\n`;
const ABORTED_END = `,"msg":"${ABORTED}"}\n`;

/**
 * The fields and the end of a line as pino would write them with our redaction; nothing where anything about it is unusual,
 * such as a text that has to be masked, cut or escaped, or an error. Every `+` costs memory, so what stands between two values
 * is one text.
 */
export function plainLine(line: CompletionLine): string | undefined {
	const { requestId, upstreamId, method, path, route, status, durationMs, ip, bytes, reason } = line;
	if (line.traceId !== undefined || line.err !== undefined) return undefined;
	const beforePath = upToPath(method);
	const beforeDuration = upToDuration(route, status);
	if (beforePath === undefined || beforeDuration === undefined) return undefined;
	if (!isPlainText(path) || !Number.isFinite(durationMs)) return undefined;
	let fields = "";
	if (requestId !== undefined) {
		if (!isPlainText(requestId)) return undefined;
		fields = `,"requestId":"${requestId}"`;
	}
	if (upstreamId !== undefined) {
		if (!isPlainText(upstreamId)) return undefined;
		fields = `${fields},"upstreamId":"${upstreamId}"`;
	}
	fields = `${fields}${beforePath}${path}${beforeDuration}${durationMs}`;
	const hasBytes = bytes !== undefined;
	if (hasBytes && !Number.isFinite(bytes)) return undefined;
	if (ip !== undefined) {
		if (!isPlainAddress(ip)) return undefined;
		fields = `${fields},"ip":"${ip}${hasBytes ? '","bytes":' : '"'}`;
	}
	if (hasBytes) fields = `${fields}${ip === undefined ? ',"bytes":' : ""}${bytes}`;
	if (line.isAborted) fields = `${fields},"isAborted":true`;
	if (reason !== undefined) {
		if (!isPlainText(reason)) return undefined;
		fields = `${fields},"reason":"${reason}"`;
	}
	return line.isAborted ? `${fields}${ABORTED_END}` : `${fields}${COMPLETED_END}`;
}

const MAX_KNOWN = 1_000;
const beforePaths = new Map<string | undefined, string>();
const beforeDurations = new Map<string | undefined, Map<number, string>>();

/** What stands in front of a path. */
function upToPath(method: string | undefined): string | undefined {
	const known = beforePaths.get(method);
	if (known !== undefined) return known;
	if (!isPlainText(method)) return undefined;
	const text = `,"method":"${method}","path":"`;
	remember(beforePaths, method, text);
	return text;
}

/**
 * What stands between a path and the duration, the end of the path included. The colon of a parameter makes every template
 * worth a closer look, and the templates are always the same.
 */
function upToDuration(route: string | undefined, status: number): string | undefined {
	const byStatus = beforeDurations.get(route);
	const known = byStatus?.get(status);
	if (known !== undefined) return known;
	const isStatus = Number.isInteger(status) && status >= 100 && status <= 999;
	if (!isStatus || (route !== undefined && !isPlainText(route))) return undefined;
	const text = `"${route === undefined ? "" : `,"route":"${route}"`},"status":${status},"durationMs":`;
	if (byStatus === undefined) remember(beforeDurations, route, new Map([[status, text]]));
	else byStatus.set(status, text);
	return text;
}

/** A program has so many routes; of mount paths with parameters, and of methods that it makes up, there may be any number. */
function remember<Value>(
	known: Map<string | undefined, Value>,
	name: string | undefined,
	value: Value,
): void {
	if (known.size >= MAX_KNOWN) known.clear();
	known.set(name, value);
}
