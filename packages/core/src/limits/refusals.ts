import type { Verdict } from "../exchange/exchange.ts";
import { problem } from "../problem.ts";

/** A refusal says which rule was broken, and never repeats what came. */
function refuse(status: number, message: string, requestId: string, headers = {}): Verdict {
	return problem({ statusCode: status, message, headers }, status, requestId);
}

export function bodyTooLarge(maxBytes: number, requestId: string): Verdict {
	return refuse(413, `the body has more than ${maxBytes} bytes`, requestId);
}

export function urlTooLong(maxBytes: number, requestId: string): Verdict {
	return refuse(414, `the URL has more than ${maxBytes} bytes`, requestId);
}

export function pathUndecodable(requestId: string): Verdict {
	return refuse(400, "the path has a percent sign that does not encode UTF-8", requestId);
}

export function tooManyParameters(maxParameters: number, requestId: string): Verdict {
	return refuse(400, `there are more than ${maxParameters} parameters`, requestId);
}

/** RFC 9110, 12.5.3: in a 415 this header says which encodings a body may have. */
export function encodingUnsupported(requestId: string): Verdict {
	const message = "nothing here decodes the content-encoding of the body";
	return refuse(415, message, requestId, { "accept-encoding": "identity" });
}

export function bodyRefused(message: string, requestId: string): Verdict {
	return refuse(400, message, requestId);
}
