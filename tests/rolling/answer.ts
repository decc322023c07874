export interface Answer {
	readonly status: number;
	/** Names in lower case. */
	readonly headers: Readonly<Record<string, string>>;
	readonly body: string;
}

/** The answer that this text is, once it is there to its last byte; what comes behind it makes its body another one. */
export function takeAnswer(text: string): Answer | undefined {
	const headEnd = text.indexOf("\r\n\r\n");
	if (headEnd === -1) return undefined;
	const [first = "", ...lines] = text.slice(0, headEnd).split("\r\n");
	const headers = Object.fromEntries(
		lines.map((line) => [line.slice(0, line.indexOf(":")).toLowerCase(), line.slice(line.indexOf(":") + 2)]),
	);
	const body = text.slice(headEnd + 4);
	if (body.length < Number(headers["content-length"] ?? 0)) return undefined;
	return { status: Number(first.split(" ")[1]), headers, body };
}
