/** How every program speaks with its test: lines that it tells, and commands on stdin. */
import { EventEmitter, once } from "node:events";
import { writeSync } from "node:fs";

const commands = new EventEmitter();
process.stdin.setEncoding("utf8").on("data", (text) => {
	for (const command of text.split("\n")) if (command !== "") commands.emit(command);
});
// A test that is gone, however it went, leaves no process behind.
process.stdin.on("end", () => process.kill(process.pid, "SIGKILL")).unref();

const apart = process.env.TELL_DESCRIPTOR;
export const tell =
	apart === undefined ? (line) => console.log(line) : (line) => void writeSync(Number(apart), `${line}\n`);
export const hear = (command, then) => void commands.on(command, then);
export const heard = (command) => once(commands, command);
