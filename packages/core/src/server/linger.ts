import { setTimeout as pause } from "node:timers/promises";

/** How often it is looked whether requests still come. A process that got no processor has looked once, and heard nobody. */
const LOOKS = 40;

/** So many looks in a row without one, a quarter of the linger, are silence. */
const SILENT_LOOKS = 10;

/** What comes without end is not waited for. */
const MOST_LINGERS = 3;

/**
 * Keeps idle connections for `lingerMs`. A proxy that sends requests over connections that it has kept has the others for the
 * same, and takes one that is closed meanwhile for one that it may use: a POST that it has sent over it is lost. Each asks
 * once more at most, as the answer says that it was the last; so they become fewer, and it goes on until nobody asks, until
 * nobody is left who could, or for `limitMs`.
 */
export async function linger(
	lingerMs: number,
	limitMs: number,
	asked: () => number,
	hasIdle: () => boolean,
): Promise<void> {
	if (lingerMs === 0) return;
	const startedAtMs = performance.now();
	const mostMs = Math.min(lingerMs + limitMs, lingerMs * MOST_LINGERS);
	for (let silentLooks = 0, before = asked(); ; before = asked()) {
		await pause(lingerMs / LOOKS);
		silentLooks = asked() > before ? 0 : silentLooks + 1;
		const elapsedMs = performance.now() - startedAtMs;
		if (elapsedMs < lingerMs) continue;
		if (silentLooks >= SILENT_LOOKS || elapsedMs >= mostMs || !hasIdle()) return;
	}
}
