import { onShutdown, shutdown } from "@production-ready/core/lifecycle";
import { heard, tell } from "../speech.mjs";

const WAYS = {
	fine: () => {},
	waits: () => heard("closer done"),
	throws: () => {
		throw new Error("cannot close");
	},
	rejects: () => Promise.reject(null),
	hangs: () => new Promise(() => {}),
	"rejects late": (signal) =>
		new Promise((_resolve, reject) => {
			signal.addEventListener("abort", () => setImmediate(reject, new Error("closed too late")));
		}),
	"sets an exit code": () => {
		process.exitCode = 3;
	},
	"ends again": () => void shutdown("a closer"),
	"waits for the end": async () => tell(`answered with ${await shutdown("a closer")}`),
	exits: () => process.exit(3),
	"exits well": () => process.exit(0),
	spins: () => {
		const deadlineAtMs = performance.now() + 2_000;
		while (performance.now() < deadlineAtMs);
		tell("the deadline is long over");
		for (;;);
	},
	crashes: () =>
		new Promise((resolve) => {
			setTimeout(() => {
				resolve();
				throw new Error("broken while it closes");
			}, 1);
		}),
	removed: () => {},
};

/** Closers by name, each with the way it goes: `{ database: { way: "hangs", timeoutMs: 200 } }`. */
export function setUp(closers) {
	for (const [name, { way, timeoutMs }] of Object.entries(closers)) {
		const close = (signal) => {
			tell(`closes ${name}`);
			return WAYS[way](signal);
		};
		const remove = onShutdown(name, close, timeoutMs && { timeoutMs });
		if (way === "removed") remove();
	}
}
