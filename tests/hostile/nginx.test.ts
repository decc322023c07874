/** The same requests through a real nginx, which keeps its connections to the app: both have to cut at the same places. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { type Factory, forEachServer } from "../contract/servers.ts";
import { startNginx, WITHOUT_NGINX } from "../rolling/nginx.ts";
import { startOurs } from "./apps.ts";
import { converse } from "./conversation.ts";
import { VECTORS } from "./vectors.ts";

/** Nobody is waited for: what a client does not send to its end is given up soon. */
const IMPATIENT = "client_header_timeout 2s; client_body_timeout 2s; keepalive_timeout 2s;";

/** Longer than a test: the connection that a request came by is there for the next one. */
const KEPT = { keepAliveTimeoutMs: 60_000, headersTimeoutMs: 2_000, requestTimeoutMs: 2_000 };

/** Asks for itself, and tells where the answer came from. */
const canary = (index: number): string =>
	`GET /canary/${index} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`;

forEachServer((factory: Factory) => {
	test("H77: whatever nginx hands on, the next request on that connection gets its own answer", {
		skip: WITHOUT_NGINX,
	}, async (t) => {
		const app = await startOurs(t, factory, { server: KEPT });
		const nginx = await startNginx(t, [app.port], "", IMPATIENT);
		let sharing = 0;
		for (const [index, { name, bytes }] of VECTORS.entries()) {
			const before = app.askedFrom.length;
			// The second request is for who takes it for a part of the first.
			const { statuses } = await converse(nginx.port, `${bytes}${canary(-1)}`);
			const broken = statuses.filter((status) => status === 502 || status === 504);
			assert.deepEqual(broken, [], `${name}: the app did not answer nginx`);
			const carrier = app.askedFrom.slice(before).at(-1);
			const { answers } = await converse(nginx.port, canary(index));
			const said = answers.join().match(/\w+ \S+ \d+ bytes/g);
			assert.deepEqual(said, [`GET /canary/${index} 0 bytes`], name);
			if (carrier !== undefined && app.askedFrom.at(-1) === carrier) sharing++;
			// Of HTTP/0.9 the answer has no first line. And the canary came too.
			const most = Math.max(statuses.length, 1) + 1;
			const came = app.askedFrom.length - before;
			assert.ok(came <= most, `${name}: ${came} requests came, of which nginx knows ${most}`);
		}
		assert.ok(sharing > 20, `only ${sharing} canaries went over a connection that another request had used`);
	});
});
