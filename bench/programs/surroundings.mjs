/** What an arm is told by the bench, and how it tells that it listens. Its standard output is the log, and nothing else. */
import { PerformanceObserver } from "node:perf_hooks";

const { IDLE_MS, LIMIT, PATIENT, REDIS_URL, SESSION_SECRET } = process.env;

export const limit = Number(LIMIT ?? 1_000_000_000);
export const windowMs = 600_000;
export const redisUrl = REDIS_URL;
export const secret = SESSION_SECRET;

/** An idle session may live that long: ours as long as theirs. */
export const idleMs = Number(IDLE_MS ?? 1_800_000);

/** Of the process, so only where there is a Redis: counts are of the one line alone. */
export const patience = PATIENT && REDIS_URL ? { redis: { commandTimeoutMs: 30_000 } } : {};

/** What every arm's cookie of a session says. */
export const cookie = { httpOnly: true, maxAge: idleMs, path: "/", sameSite: "lax", secure: true };

export function listening(server) {
	process.send?.({ listeningOn: server.address().port });
}

let collections = 0;
if (globalThis.gc) {
	new PerformanceObserver((list) => (collections += list.getEntries().length)).observe({
		entryTypes: ["gc"],
	});
}

/** A message asks for a figure that only the process itself knows. */
process.on("message", (what) => {
	if (what === "collect") globalThis.gc?.();
	const { heapUsed, rss } = process.memoryUsage();
	// The observer is told a little later than it happens.
	setTimeout(() => process.send({ heapBytes: heapUsed, rssBytes: rss, collections }), 1);
});
process.on("disconnect", () => process.exit());
