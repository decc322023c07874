/** What every program has beside its routes: its options, and what it does when it starts, listens and closes. */
import { subscribe } from "node:diagnostics_channel";
import { readFileSync } from "node:fs";
import { crash } from "./crashes.mjs";
import { hear, heard, tell } from "./speech.mjs";

const added = [];
for (const [name, value] of Object.entries(JSON.parse(process.env.EXTRAS ?? "{}"))) {
	const { setUp } = await import(`./extras/${name}.mjs`);
	added.push(await setUp(value));
}
// Node tells here that a server has been asked to listen; `listening` comes a turn later, or more.
if (process.env.START === "told to end") {
	subscribe("tracing:net.server.listen:asyncStart", () => process.emit("SIGTERM", "SIGTERM"));
}

export const options = Object.assign(JSON.parse(process.env.OPTIONS ?? "{}"), ...added);
export const port = Number(process.env.PORT ?? 0);
export const tls = process.env.TLS_KEY && {
	key: readFileSync(process.env.TLS_KEY),
	cert: readFileSync(process.env.TLS_CERT),
};

/** What a program waits for before it listens: nothing, unless its test says how the start goes. */
export async function starting() {
	if (process.env.START === "fails") throw new Error("no database");
	if (process.env.START !== "slow") return;
	tell("starting");
	// What a start waits for holds the process.
	process.stdin.ref();
	await heard("started");
	setImmediate(setImmediate, tell, "tried to listen");
}

/** Tells the port once there is one, closes at a command, and takes upgrades where the test wants them. */
export function serving(server, close = () => new Promise((done) => server.close(done))) {
	const tellPort = () => server.listening && tell(`listening ${server.address().port}`);
	if (server.listening) tellPort();
	else server.once("listening", tellPort);
	hear("crash", () => crash("error"));
	hear("timeouts", () => tell(`timeouts ${timeouts(server)}`));
	hear("close", () => {
		// The process goes on, whatever becomes of its server.
		process.stdin.ref();
		close().then(() => tell("closed"));
		tell("closing");
	});
	const { port } = server.address() ?? {};
	hear("listen again", () => server.listen(port, () => tell("listens again")));
	hear("exit", () => process.exit(0));
	if (process.env.UPGRADES === "ws") chat(server);
	else if (process.env.UPGRADES === "refused") server.on("upgrade", refuse);
	else if (process.env.UPGRADES !== undefined) server.on("upgrade", upgrade).on("connect", tunnel);
}

const timeouts = ({ keepAliveTimeout, headersTimeout, requestTimeout }) =>
	JSON.stringify({ keepAliveTimeout, headersTimeout, requestTimeout });

function upgrade({ headers }, socket) {
	socket.write(
		`HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: ${headers.upgrade}\r\n\r\n`,
	);
	tell("upgraded");
}

/** Once it knows who asks. */
async function refuse(_request, socket) {
	const decided = heard("decide");
	tell("asked");
	await decided;
	socket.write("HTTP/1.1 401 Unauthorized\r\n\r\n");
	socket.destroy();
	tell("refused");
}

function tunnel(_request, socket) {
	socket.write("HTTP/1.1 200 Connection Established\r\n\r\n");
	tell("upgraded");
}

/** WebSockets by the package `ws`, which answers what it is told by itself. */
async function chat(server) {
	const { WebSocketServer } = await import("ws");
	new WebSocketServer({ server }).on("connection", (socket) => {
		socket.on("message", (text) => socket.send(`echo ${text}`));
		socket.on("close", (code) => tell(`chat closed with ${code}`));
		tell("upgraded");
	});
}
