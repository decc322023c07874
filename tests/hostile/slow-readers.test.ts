/** A client that does not take what it has asked for holds memory and a connection for as long as it likes, unless it is cut. */
import assert from "node:assert/strict";
import { Readable } from "node:stream";
import { describe, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import type { Call, Line, Route } from "../contract/servers.ts";
import { BESIDE, EXPRESS_HTTPS, FASTIFY_HTTP2, KINDS } from "./kinds.ts";
import { openReader, until } from "./reader.ts";

const SHORT = { sendTimeoutMs: 1_000 };
const CUT = "the client took nothing of its answer for too long, and was cut";

/** Whether a line says so: that of the request, or one of its own where there is no adapter. */
const isCut = ({ msg, reason }: Line): boolean => msg === CUT || reason === CUT;

/** What two kernels, a framework and a library for TLS may hold of an answer that nobody reads: measured, 3 to 9 MB. */
const MAX_HELD_BYTES = 24 * 1024 * 1024;

/** A route whose answer never ends, and how much of it was made until its client was gone. */
function endless(): { route: Route; made: Promise<number> } {
	const piece = Buffer.alloc(64 * 1024, "x");
	let bytes = 0;
	const { promise: made, resolve } = Promise.withResolvers<number>();
	const body = new Readable({
		read() {
			bytes += piece.length;
			this.push(piece);
		},
	}).once("close", () => resolve(bytes));
	const handle = ({ response }: Call) => {
		// Where nobody else does it, as with pipe().
		response.once("close", () => body.destroy());
		return { headers: { "content-type": "application/octet-stream" }, body };
	};
	return { route: { path: "/endless", handle }, made };
}

/** A route that says one thing, and a second one when it is told to. */
function events(): { route: Route; next(): void } {
	let response: Call["response"] | undefined;
	return {
		route: {
			path: "/events",
			handle(call) {
				response = call.response;
				response.setHeader("content-type", "text/event-stream");
				response.write("data: first\n\n");
				return undefined;
			},
		},
		next: () => void response?.write("data: second\n\n"),
	};
}

describe("a slow reader", { timeout: 60_000 }, () => {
	for (const kind of KINDS) {
		test(`H74 P18: takes nothing, so its source stands still and it is cut; who is only silent is let be (${kind.name})`, async (t) => {
			const [{ route, made }, silence] = [endless(), events()];
			const app = await kind.start(t, SHORT, [route, silence.route]);
			// Silent for longer than the other one is stalled.
			const silent = await openReader(t, kind, app.port, "/events");
			await until(silent, "first");
			await openReader(t, kind, app.port, "/endless");
			const bytes = await made;
			assert.ok(bytes < MAX_HELD_BYTES, `${bytes} bytes were made`);
			await app.line({ path: "/endless" });
			silence.next();
			await until(silent, "second");
			assert.deepEqual(
				app.lines.filter(isCut).map(({ method, path }) => `${method} ${path}`),
				["GET /endless"],
			);
		});
	}

	for (const kind of [KINDS[1]!, EXPRESS_HTTPS, FASTIFY_HTTP2, BESIDE]) {
		test(`H74: one that takes a large piece in sips gets all of it (${kind.name})`, async (t) => {
			const size = 48 * 1024 * 1024;
			const big: Route = {
				path: "/big",
				handle: ({ response }) => {
					response.setHeader("content-length", size);
					response.end(Buffer.alloc(size, "x"));
					return undefined;
				},
			};
			const app = await kind.start(t, SHORT, [big]);
			const reader = await openReader(t, kind, app.port, "/big");
			let [bytes, sinceSip] = [0, 0];
			for await (const piece of reader as AsyncIterable<Buffer>) {
				bytes += piece.length;
				sinceSip += piece.length;
				if (bytes >= size) break;
				if (sinceSip < 1024 * 1024) continue;
				sinceSip = 0;
				// Not to wait for anything: this is how slow the client is, several times the timeout in all.
				await pause(60);
			}
			assert.ok(bytes >= size, `${bytes} of ${size}`);
			assert.deepEqual(app.lines.filter(isCut), []);
		});
	}
});
