/** What the routes answer, and how a request is kept in flight. */
import { heard, tell } from "./speech.mjs";

export const BODY = "held, ".repeat(5_000);

/** Tells that a request is in flight, and keeps it there until it is released. */
export function held() {
	const released = heard("release");
	tell("held");
	released.then(() => tell("released"));
	return released;
}

/** Stops without a word when its client goes, as what waits for news does. */
export function dropped() {
	tell("held");
}

/** Hands on the head of an answer of somebody else, as a proxy does. */
export const HANDED_ON = { Connection: "keep-alive", "Keep-Alive": "timeout=5" };

export async function* parts() {
	yield "begun, ";
	await held();
	yield "ended";
}

const PIECE = "a megabyte has sixty-four of these. ".repeat(456).slice(0, 16_384);

/** More than the system keeps for a reader that does not read. */
export async function* large() {
	for (let piece = 0; piece < 1_024; piece++) {
		yield PIECE;
		if (piece === 0) tell("held");
	}
}

/** In one piece. */
export function whole(response, megabytes = 16) {
	response.end(Buffer.alloc(megabytes * 1_024 * 1_024));
	tell("held");
}

/** Ends its own stream, and goes on with another that it has begun itself. */
export function push({ stream }) {
	stream.pushStream({ ":path": "/pushed" }, async (_error, pushed) => {
		pushed.respond();
		stream.respond();
		stream.end("now");
		await held();
		pushed.end(BODY);
	});
}

/** Writes without asking whether anybody is still there. */
export function writeForEver(response) {
	response.write("more, ");
	tell("held");
	const write = () => {
		if (response.destroyed) return response.write("to nobody");
		response.write("more, ");
		setImmediate(write);
	};
	write();
}
