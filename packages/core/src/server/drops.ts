import type { Server } from "node:net";

/** How often it is told: who opens connections to be dropped opens many. */
const SILENT_MS = 10_000;

/** Hears of the connections that a server drops because it has as many as it may. */
export function hearDrops(server: Server, tell: (count: number) => void): { uninstall(): void } {
	let untold = 0;
	let toldAtMs = Number.NEGATIVE_INFINITY;

	function onDrop(): void {
		untold++;
		const now = performance.now();
		if (now - toldAtMs < SILENT_MS) return;
		toldAtMs = now;
		tell(untold);
		untold = 0;
	}

	server.on("drop", onDrop);
	return { uninstall: () => void server.off("drop", onDrop) };
}
