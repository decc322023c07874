import { once } from "node:events";
import { connect } from "node:net";

/** What came back on one connection, until the server ended it. */
export interface Conversation {
	/** The status of each answer, in their order. */
	readonly statuses: readonly number[];
	/** Each answer, head and body. */
	readonly answers: readonly string[];
	/** Whether the last answer said that it is the last. */
	readonly saysClose: boolean;
	/** The client's own. */
	readonly port: number;
}

/** Sends bytes, each a character of latin1, and waits for the server to end the connection. */
export async function converse(port: number, bytes: string): Promise<Conversation> {
	const socket = connect(port, "127.0.0.1");
	await once(socket, "connect");
	const own = socket.localPort!;
	let text = "";
	socket.setEncoding("latin1");
	socket.on("data", (piece: string) => {
		text += piece;
	});
	// A reset behind the answer is an end like any other.
	socket.on("error", () => {});
	socket.write(bytes, "latin1");
	await new Promise((resolve) => socket.once("close", resolve));
	const answers = text.split(/(?=HTTP\/1\.[01] \d{3} )/).filter((part) => part.startsWith("HTTP/"));
	return {
		statuses: answers.map((answer) => Number(answer.split(" ", 2)[1])),
		answers,
		saysClose: /^connection: close\r$/im.test(answers.at(-1) ?? ""),
		port: own,
	};
}
