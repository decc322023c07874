import { subscribe } from "node:diagnostics_channel";
import { connect } from "node:net";

/** From the first request on every turn of the event loop has work in it that is nobody's request, and every fourth a client. */
export function setUp(ms) {
	let port;
	let turns = 0;
	function work() {
		for (const untilMs = performance.now() + ms; performance.now() < untilMs; );
		if (turns++ % 4 === 0) come(port);
		setImmediate(work).unref();
	}
	subscribe("http.server.request.start", ({ socket }) => {
		if (port === undefined) setImmediate(work).unref();
		port ??= socket.localPort;
	});
}

const come = (port) =>
	connect(port, "127.0.0.1")
		.on("error", () => {})
		.resume()
		.write("GET /now HTTP/1.1\r\nHost: localhost\r\n\r\n");
