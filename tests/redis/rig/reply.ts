/** An answer of Redis. An error stands within an array only, as in the answer to EXEC; else it rejects. */
export type Reply = string | number | null | Error | readonly Reply[];

interface Taken {
	readonly reply: Reply;
	/** Where the next answer begins. */
	readonly end: number;
}

/** The answer in RESP2 that begins here, once it is there to its last byte. */
export function takeReply(bytes: Buffer, at: number): Taken | undefined {
	const lineEnd = bytes.indexOf("\r\n", at);
	if (lineEnd === -1) return undefined;
	const line = bytes.toString("utf8", at + 1, lineEnd);
	const end = lineEnd + 2;
	const kind = String.fromCharCode(bytes[at]!);
	if (kind === "+") return { reply: line, end };
	if (kind === "-") return { reply: new Error(line), end };
	if (kind === ":") return { reply: Number(line), end };
	if (kind === "$") return takeBulk(bytes, end, Number(line));
	if (kind === "*") return takeArray(bytes, end, Number(line));
	throw new Error(`not RESP2: ${JSON.stringify(kind + line)}`);
}

function takeBulk(bytes: Buffer, at: number, length: number): Taken | undefined {
	if (length === -1) return { reply: null, end: at };
	const end = at + length + 2;
	return bytes.length < end ? undefined : { reply: bytes.toString("utf8", at, at + length), end };
}

function takeArray(bytes: Buffer, at: number, length: number): Taken | undefined {
	if (length === -1) return { reply: null, end: at };
	const replies: Reply[] = [];
	let end = at;
	while (replies.length < length) {
		const taken = takeReply(bytes, end);
		if (taken === undefined) return undefined;
		replies.push(taken.reply);
		end = taken.end;
	}
	return { reply: replies, end };
}
