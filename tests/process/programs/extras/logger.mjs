import { createRequire } from "node:module";
import { hear, tell } from "../speech.mjs";

// As a program's own dependency would be.
const { pino, symbols } = createRequire(import.meta.url)("pino");

let isBroken = false;

/** A logger that throws, from its first line on or from the command to do so. */
function breakable() {
	const logger = { level: "info", child: () => logger };
	for (const level of ["trace", "debug", "info", "warn", "error", "fatal"]) {
		logger[level] = () => {
			if (isBroken) throw new Error("the logger is broken");
		};
	}
	return logger;
}

const LOGGERS = {
	plain: () => pino(),
	buffering: () => pino(pino.destination({ sync: false, minLength: 4_096 })),
	transport: () => pino(pino.transport({ target: "pino/file", options: { destination: 1 } })),
	breakable,
	broken: () => {
		isBroken = true;
		return breakable();
	},
};

/** A logger of the program's own. */
export function setUp(name) {
	const logger = LOGGERS[name]();
	hear("break logger", () => {
		isBroken = true;
		tell("logger broken");
	});
	hear("flood", () => {
		for (let line = 0; line < 2_000; line++) logger.info({ text: "x".repeat(4_000) }, "flood");
		tell("flooded");
	});
	hear("lose worker", async () => {
		await logger[symbols.streamSym].worker.terminate();
		tell("worker lost");
	});
	return { logging: { logger } };
}
