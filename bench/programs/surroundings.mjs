/** What an arm is told by the bench, and how it tells that it listens. */
import { writeSync } from "node:fs";

const { LOG_FILE, LIMIT, REDIS_URL, SESSION_SECRET } = process.env;

export const logFile = LOG_FILE ?? "/dev/null";
export const limit = Number(LIMIT ?? 1_000_000_000);
export const windowMs = 600_000;
export const redisUrl = REDIS_URL;
export const secret = SESSION_SECRET ?? "0".repeat(64);

/** An idle session may live that long: ours as long as theirs. */
export const idleMs = 1_800_000;

export function listening(server) {
	writeSync(1, `listening on ${server.address().port}\n`);
}

/** A message asks for a figure that only the process itself knows. */
process.on("message", (what) => {
	if (what === "collect") globalThis.gc?.();
	process.send({ heapBytes: process.memoryUsage().heapUsed, rssBytes: process.memoryUsage().rss });
});
