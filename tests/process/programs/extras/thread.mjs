import { Worker } from "node:worker_threads";
import { tell } from "../speech.mjs";

const FAILS = new URL("../failing-thread.mjs", import.meta.url);

/** A worker thread that serves and fails under a request; it has the program's own `--import`. */
export function setUp(how) {
	setImmediate(() => {
		const worker = new Worker(FAILS);
		if (how === "heard") worker.on("error", ({ message }) => tell(`thread failed: ${message}`));
		worker.on("message", async (message) => {
			if (message === "asked") worker.postMessage("fail");
			else if (message === "closed") tell("thread closed");
			else tell(`thread answered: ${await (await fetch(`http://localhost:${message}`)).text()}`);
		});
	});
}
