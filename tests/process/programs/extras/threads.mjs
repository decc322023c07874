import { lookup } from "node:dns";
import { closeSync, openSync, read } from "node:fs";
import { hear, tell } from "../speech.mjs";

/** What threads of Node's are at, and nobody can take back. */
const STANDS = {
	// Nobody writes to it; opened for both it opens at once.
	"a file": (pipe) => read(openSync(pipe, "r+"), () => tell("read")),
	"a name": () => lookup("name.invalid", () => tell("looked up")),
};

export function setUp({ what, pipe }) {
	hear("stand", () => {
		STANDS[what](pipe);
		tell("stands");
	});
	hear("close standard error", () => {
		closeSync(2);
		tell("closed");
	});
	process.on("exit", (code) => tell(`exit ${code}`));
	// As signal-exit has it: behind all that listen.
	const { emit } = process;
	process.emit = (event, ...rest) => {
		const isHeard = emit.call(process, event, ...rest);
		if (event === "exit") tell("behind the listeners");
		return isHeard;
	};
}
