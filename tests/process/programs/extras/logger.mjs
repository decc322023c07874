import { createWriteStream, open, readFile } from "node:fs";
import { createRequire } from "node:module";
import { Transform, Writable } from "node:stream";
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
	const logger = { level: "info", child: () => logger, flush(_done) {} };
	for (const level of ["trace", "debug", "info", "warn", "error", "fatal"]) {
		logger[level] = (...words) => tell(`logs ${words.at(-1)}`);
	}
	return logger;
}

/** Hands every line on a moment later, and again. */
function handingOn(sink) {
	const late = () =>
		new Transform({ transform: (chunk, _encoding, done) => setImmediate(done, null, chunk) });
	const first = late();
	first.pipe(late()).pipe(sink);
	return pino(first);
}

/** Never gets its file open where that is a pipe without a reader. */
function ownStream() {
	const write = (_chunk, _encoding, done) => open(process.env.NAMED_PIPE, "w", done);
	return pino(new Writable({ write }));
}

/** Writes a line as the process exits. */
function toTheLast() {
	const logger = LOGGERS.buffering();
	process.on("exit", () => logger.info("exit"));
	return logger;
}

const LOGGERS = {
	"a stream of its own": ownStream,
	"to the last": toTheLast,
	"handing on": () => handingOn(createWriteStream("", { fd: 1, autoClose: false })),
	"a full disk, handed on": () => handingOn(createWriteStream("/dev/full")),
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

/** One after the other, for ever. */
function readFiles() {
	readFile(new URL(import.meta.url), readFiles);
}

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
	hear("read files", () => {
		for (let reader = 0; reader < 4; reader++) readFiles();
		tell("reads files");
	});
	hear("lose worker", async () => {
		await logger[symbols.streamSym].worker.terminate();
		tell("worker lost");
	});
	return { logging: { logger } };
}
