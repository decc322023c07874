/** What every program here has in common: its options, and that it tells when it listens. */
import { setTimeout as pause } from "node:timers/promises";

// A test that is gone, however it went, leaves no process behind; a worker hears of it from its primary.
if (process.send === undefined)
	process.stdin
		.on("end", () => process.kill(process.pid, "SIGKILL"))
		.resume()
		.unref();

export const options = JSON.parse(process.env.OPTIONS ?? "{}");
export const port = Number(process.env.PORT);
export const NAME = { "x-pid": String(process.pid) };
export const tellListening = () => console.error("listening");
/** The time in which a request is in flight. */
export const work = () => pause(5);
