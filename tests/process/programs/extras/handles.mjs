import { watch } from "node:fs";
import { createServer } from "node:net";

/** What would keep a process alive for ever. */
export function setUp() {
	setInterval(() => {}, 1_000);
	setTimeout(() => {}, 2 ** 30);
	createServer().listen(0);
	watch(import.meta.filename);
	process.stdin.ref();
}
