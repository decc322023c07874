/** The names of the commands in what a client sends to Redis, which is arrays of strings: `*2\r\n$3\r\nGET\r\n$1\r\na\r\n`. */
export function commandsIn(): (chunk: Buffer) => readonly string[] {
	let rest = "";
	return (chunk) => {
		rest += chunk.toString("latin1");
		const names: string[] = [];
		for (;;) {
			const command = firstCommand(rest);
			if (command === undefined) return names;
			names.push(command.name);
			rest = rest.slice(command.end);
		}
	};
}

function firstCommand(text: string): { readonly name: string; readonly end: number } | undefined {
	const head = /^\*(\d+)\r\n/.exec(text);
	if (head === null) return undefined;
	let end = head[0].length;
	let name = "";
	for (let part = 0; part < Number(head[1]); part++) {
		const length = /^\$(\d+)\r\n/.exec(text.slice(end, end + 16));
		if (length === null) return undefined;
		const from = end + length[0].length;
		end = from + Number(length[1]) + 2;
		if (text.length < end) return undefined;
		if (part === 0) name = text.slice(from, end - 2).toUpperCase();
	}
	return { name, end };
}
