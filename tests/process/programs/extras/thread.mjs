import { Worker } from "node:worker_threads";
import { tell } from "../speech.mjs";

const FAILS = new URL("../failing-thread.mjs", import.meta.url);

/** A worker thread that fails once the program serves; it has the program's own `--import`. */
export function setUp(how) {
	setImmediate(() => {
		const worker = new Worker(FAILS);
		if (how === "heard") worker.on("error", ({ message }) => tell(`thread failed: ${message}`));
	});
}
