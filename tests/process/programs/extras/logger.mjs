import { createWriteStream } from "node:fs";
import { createRequire } from "node:module";
import { hear, tell } from "../speech.mjs";

// As a program's own dependency would be.
const { multistream, pino, symbols } = createRequire(import.meta.url)("pino");

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

/** A logger that tells what it logs, and is never through with it. */
function endless() {
	const logger = { level: "info", child: () => logger, flush() {} };
	for (const level of ["trace", "debug", "info", "warn", "error", "fatal"]) {
		logger[level] = (...words) => tell(`logs ${words.at(-1)}`);
	}
	return logger;
}

const LOGGERS = {
	stream: () => pino(createWriteStream("", { fd: 1, autoClose: false })),
	several: () => pino({}, multistream([pino.destination({ sync: false }), createWriteStream("/dev/null")])),
	"a full disk": () => pino(pino.destination({ dest: "/dev/full", sync: false, minLength: 4_096 })),
	"a full disk, line by line": () => pino(pino.destination({ dest: "/dev/full", sync: false })),
	"no reader": () => pino(pino.destination({ dest: process.env.NAMED_PIPE, sync: false })),
	endless,
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
