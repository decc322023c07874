/** Answers that would go on for ever, and how each is ended. */
import { getContext } from "@production-ready/core/context";
import { onDrain, waitUntil } from "@production-ready/core/lifecycle";
import { heard, tell } from "./speech.mjs";

/** An event stream; ended by a hook, unless its program forgets to. */
export function events(response, forgets) {
	response.writeHead(200, { "content-type": "text/event-stream" });
	response.write("data: hello\n\n");
	if (!forgets) onDrain(({ reconnectAfterMs }) => response.end(`retry: ${reconnectAfterMs}\n\n`));
	tell("held");
}

/** A long poll: waits for news, or for the end of the server, whichever comes first. */
export function poll(response) {
	const { draining } = getContext();
	draining.addEventListener("abort", () => response.end("nothing new"), { once: true });
	tell("held");
}

/** Works for its client, and stops when that has gone. */
export function work(response) {
	const { signal } = getContext();
	const giveUp = () => {
		response.end();
		tell("given up");
	};
	signal.addEventListener("abort", giveUp, { once: true });
	tell("held");
}

/** Answers at once, and has something left to do. */
export function order(response) {
	const noMail = heard("no mail").then(() => {
		throw new Error("no mail today");
	});
	const receipt = heard("mail").then(() => tell("receipt sent"));
	waitUntil("receipt", Promise.race([receipt, noMail])).catch(() => {});
	response.end("ordered");
}
