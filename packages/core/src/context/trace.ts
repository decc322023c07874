import { randomBytes } from "node:crypto";
import type { TraceContext } from "../exchange/exchange.ts";

/** W3C Trace Context, level 1, section 3.2: version, trace-id, parent-id, flags; lower case only. */
const TRACEPARENT = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;

/**
 * Continues the caller's trace with a span of our own, or begins one. What is malformed is ignored, as the
 * standard asks: a wrong length, upper case, version `ff`, ids of zeros, more fields than version 00 has.
 */
export function continueTrace(traceparent: string | undefined): TraceContext {
	const match = traceparent === undefined ? null : TRACEPARENT.exec(traceparent);
	const [, version, traceId, parentId, flags, rest] = match ?? [];
	const isValid =
		match !== null &&
		version !== "ff" &&
		!(version === "00" && rest !== undefined) &&
		!/^0+$/.test(traceId!) &&
		!/^0+$/.test(parentId!);
	return {
		traceId: isValid ? traceId! : randomBytes(16).toString("hex"),
		spanId: randomBytes(8).toString("hex"),
		parentId: isValid ? parentId : undefined,
		isSampled: isValid && (Number.parseInt(flags!, 16) & 1) === 1,
	};
}

/** The header for a request that we make ourselves: our span is the parent of what follows. */
export function formatTraceparent(trace: TraceContext): string {
	return `00-${trace.traceId}-${trace.spanId}-${trace.isSampled ? "01" : "00"}`;
}
