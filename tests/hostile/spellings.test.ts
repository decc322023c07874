/** Whatever spelling of a path the router takes for a route, the rooms have seen it: they run where the router runs. */
import assert from "node:assert/strict";
import { describe, type TestContext, test } from "node:test";
import { type Options, productionReady as onExpress } from "@production-ready/express";
import { productionReady as onFastify } from "@production-ready/fastify";
import { fastify } from "fastify";
import { captureLog, express4, express5, fresh, type Log, listen } from "../contract/servers.ts";
import { converse } from "./conversation.ts";

/** Ways to write `/admin/secret` that one router or another may take for it. */
const SPELLINGS = [
	"/admin/secret",
	"/admin/secret/",
	"/admin/secret?x=1",
	"/admin/secret#x",
	"/admin/secret;x=1",
	"/admin;x=1/secret",
	"/;/admin/secret",
	"//admin/secret",
	"/admin//secret",
	"///admin///secret",
	"/admin/./secret",
	"/./admin/secret",
	"/x/../admin/secret",
	"/admin/x/../secret",
	"/%61dmin/secret",
	"/admin/%73ecret",
	"/admin/%2e/secret",
	"/x/%2e%2e/admin/secret",
	"/admin%2Fsecret",
	"/admin%2fsecret",
	"/%2Fadmin/secret",
	"/admin/%2Fsecret",
	"/admin%5Csecret",
	"/admin\\secret",
	"/ADMIN/secret",
	"/admin/SECRET",
	"/Admin/Secret/",
	"/admin/secret%20",
	"/admin/secret%00",
	"/admin/secret%09",
	"/admin/secret.",
	"/admin/%E0%A4%A",
	"/admin/admin/secret",
	"/admin/secret%3Fx",
	"http://localhost/admin/secret",
	"http://evil.example//admin/secret",
];

interface Guarded {
	readonly name: string;
	/** An app with the route `/admin/secret`, and ours as `name` says. */
	start(
		t: TestContext,
		options: Options,
		log: Log,
		onSecret: () => string,
	): Promise<{ readonly port: number }>;
}

const telling =
	(onSecret: () => string) =>
	(_request: unknown, response: { send(text: string): unknown }): void =>
		void response.send(onSecret());

const GUARDED: readonly Guarded[] = [
	...[express4, express5].flatMap((express, index): Guarded[] => [
		{
			name: `Express ${index + 4}, the whole app`,
			start(t, options, log, onSecret) {
				const app = express();
				app.use(onExpress(options));
				app.get("/admin/secret", telling(onSecret));
				return listen(t, app, log);
			},
		},
		{
			name: `Express ${index + 4}, mounted on the prefix`,
			start(t, options, log, onSecret) {
				const app = express();
				app.use("/admin", onExpress(options));
				app.get("/admin/secret", telling(onSecret));
				return listen(t, app, log);
			},
		},
		{
			name: `Express ${index + 4}, within a router on the prefix`,
			start(t, options, log, onSecret) {
				const app = express();
				const router = express.Router();
				router.use(onExpress(options));
				router.get("/secret", telling(onSecret));
				app.use("/admin", router);
				return listen(t, app, log);
			},
		},
	]),
	...[
		{ how: "as it comes", settings: {} },
		{
			how: "with every spelling taken",
			settings: {
				caseSensitive: false,
				ignoreDuplicateSlashes: true,
				ignoreTrailingSlash: true,
				useSemicolonDelimiter: true,
			},
		},
	].flatMap(({ how, settings }): Guarded[] => [
		{
			name: `Fastify ${how}, the whole app`,
			start(t, options, log, onSecret) {
				const app = fastify({ routerOptions: settings });
				void app.register(onFastify, options as never);
				app.get("/admin/secret", async () => onSecret());
				return listen(t, app, log);
			},
		},
		{
			name: `Fastify ${how}, in a plugin with the prefix, twice deep`,
			start(t, options, log, onSecret) {
				const app = fastify({ routerOptions: settings });
				void app.register(
					async (outer) => {
						void outer.register(onFastify, options as never);
						void outer.register(async (inner) => void inner.get("/", async () => onSecret()), {
							prefix: "/secret",
						});
					},
					{ prefix: "/admin" },
				);
				return listen(t, app, log);
			},
		},
	]),
];

const ask = (port: number, path: string) =>
	converse(port, `GET ${path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`);

describe("H96: a spelling that reaches a route", () => {
	for (const { name, start } of GUARDED) {
		test(`has its headers, its id and its line (${name})`, async (t) => {
			fresh(t);
			const log = captureLog();
			let secrets = 0;
			const options = { platform: "plain", rateLimit: false, logging: { logger: log.logger } } as const;
			const { port } = await start(t, options, log, () => `secret ${++secrets}`);
			for (const path of SPELLINGS) {
				const before = secrets;
				const { answers } = await ask(port, path);
				if (secrets === before) continue;
				assert.match(answers[0]!, /^x-content-type-options: nosniff/im, path);
				const requestId = /^x-request-id: (\S+)/im.exec(answers[0]!)?.[1];
				assert.equal((await log.line({ requestId })).status, 200, path);
			}
			assert.ok(secrets > 2, `only ${secrets} spellings reached the route`);
		});

		test(`is counted and refused by the limit (${name})`, async (t) => {
			fresh(t, { TRUST_PROXY: "none" });
			const log = captureLog();
			let secrets = 0;
			const options = {
				platform: "plain",
				rateLimit: { limit: 1 },
				logging: { logger: log.logger },
			} as const;
			const { port } = await start(t, options, log, () => `secret ${++secrets}`);
			assert.deepEqual((await ask(port, SPELLINGS[0]!)).statuses, [200]);
			for (const path of SPELLINGS) {
				const { statuses } = await ask(port, path);
				assert.equal(secrets, 1, `${path} got past the limit (${statuses})`);
			}
		});
	}
});
