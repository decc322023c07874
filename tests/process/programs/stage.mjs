/** How every program speaks with its test: lines that it tells, commands on stdin, options in a variable. */
import { EventEmitter, once } from "node:events";

const commands = new EventEmitter();
process.stdin.setEncoding("utf8").on("data", (text) => {
	for (const command of text.split("\n")) if (command !== "") commands.emit(command);
});
// A test that is gone, however it went, leaves no process behind.
process.stdin.on("end", () => process.kill(process.pid, "SIGKILL")).unref();

export const options = JSON.parse(process.env.OPTIONS ?? "{}");
export const port = Number(process.env.PORT ?? 0);
export const BODY = "held, ".repeat(5_000);
export const tell = process.env.TELL === "stderr" ? console.error : console.log;
export const hear = (command, then) => commands.on(command, then);
export const heard = (command) => once(commands, command);

/** Tells that a request is in flight, and keeps it there until it is released. */
export function held() {
	const released = heard("release");
	tell("held");
	return released;
}

/** Tells the port once there is one, closes at a command, and takes upgrades where the test wants them. */
export function serving(server, close = () => new Promise((done) => server.close(done))) {
	const tellPort = () => tell(`listening ${server.address().port}`);
	if (server.listening) tellPort();
	else server.once("listening", tellPort);
	hear("timeouts", () => tell(`timeouts ${timeouts(server)}`));
	hear("close", () => {
		// The process goes on, whatever becomes of its server.
		process.stdin.ref();
		close().then(() => tell("closed"));
		tell("closing");
	});
	if (process.env.UPGRADES !== undefined) server.on("upgrade", upgrade);
}

const timeouts = ({ keepAliveTimeout, headersTimeout, requestTimeout }) =>
	JSON.stringify({ keepAliveTimeout, headersTimeout, requestTimeout });

function upgrade({ headers }, socket) {
	socket.write(
		`HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: ${headers.upgrade}\r\n\r\n`,
	);
	tell("upgraded");
}

if (process.env.CLOSER !== undefined) {
	const { onShutdown } = await import("@production-ready/core/lifecycle");
	onShutdown("program", () => tell("closer runs"));
}
