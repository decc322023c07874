import { subscribe } from "node:diagnostics_channel";

/** Every request takes so long of the processor. */
export function setUp(ms) {
	subscribe("http.server.request.start", () => {
		for (const untilMs = performance.now() + ms; performance.now() < untilMs; );
	});
}
