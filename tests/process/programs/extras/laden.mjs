/** Every turn of the event loop has so long of work in it that is nobody's request. */
export function setUp(ms) {
	setImmediate(function work() {
		for (const untilMs = performance.now() + ms; performance.now() < untilMs; );
		setImmediate(work).unref();
	}).unref();
}
