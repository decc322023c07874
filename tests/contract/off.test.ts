import assert from "node:assert/strict";
import { test } from "node:test";
import type { Options } from "@production-ready/core";
import { getContext, requestId } from "@production-ready/core/context";
import { PROGRAMS, runProgram } from "./child.ts";
import { fail, forEachServer, hello, type Reply, type Server, tell } from "./servers.ts";

const LARGE = "x".repeat(5_000);
type Room = Exclude<keyof Options, "preset" | "platform">;

/** What is left of a room that is off: nothing, and everything else is as it was. */
const WITHOUT: Readonly<Record<Room, (server: Server) => Promise<void>>> = {
	async requestId(server) {
		const reply = await server.get("/", { "x-request-id": "mine" });
		assert.equal(reply.headers["x-request-id"], undefined);
		assert.deepEqual((await server.get("/id")).json(), [null, null]);
		assert.equal((await server.get("/broken")).json().requestId, undefined);
		assert.equal((await server.line({ path: "/" })).requestId, undefined);
	},
	async logging(server) {
		assert.equal((await server.get("/nowhere")).status, 404);
		assert.equal((await server.get("/")).status, 200);
		assert.deepEqual(server.lines, []);
	},
	async proxy(server) {
		const forwarded = { "x-forwarded-for": "203.0.113.7", "x-forwarded-proto": "https" };
		const reply = await server.get("/ip", forwarded);
		assert.equal(reply.json(), "127.0.0.1");
		assert.equal(reply.headers["strict-transport-security"], undefined);
		assert.equal((await server.line({ path: "/ip" })).ip, "127.0.0.1");
	},
	async headers(server) {
		const names = [
			"content-security-policy",
			"permissions-policy",
			"x-frame-options",
			"x-content-type-options",
		];
		for (const path of ["/", "/ip", "/livez"]) {
			const { headers } = await server.get(path);
			assert.deepEqual(
				names.filter((name) => name in headers),
				[],
				path,
			);
		}
	},
	async health(server) {
		for (const path of ["/livez", "/readyz", "/startupz"]) assert.equal((await server.get(path)).status, 404);
	},
	async hosts(server) {
		assert.equal((await server.get("/", { host: "anybody.example" })).status, 200);
	},
	async https(server) {
		assert.equal((await server.get("/", { host: "anybody.example" })).status, 200);
	},
	async cors(server) {
		assert.deepEqual(named(await server.get("/", { origin: "https://a.example" }), "access-control-"), []);
	},
	async rateLimit(server) {
		assert.deepEqual(named(await server.get("/"), "ratelimit"), []);
	},
	async limits(server) {
		assert.equal((await server.get(`/?${"a=1&".repeat(2_000)}`)).status, 200);
	},
	async csrf(server) {
		const headers = { cookie: "a=b", origin: "https://a.example", "sec-fetch-site": "cross-site" };
		assert.equal((await server.ask("/", { method: "POST", headers })).status, 404);
	},
	async compression(server) {
		const reply = await server.get("/large", { "accept-encoding": "gzip, br" });
		assert.equal(reply.headers["content-encoding"], undefined);
		assert.equal(reply.text, LARGE);
	},
	async session(server) {
		assert.equal((await server.get("/session")).json(), "undefined");
	},
	async errors(server) {
		const reply = await server.get("/broken");
		assert.equal(reply.status, 500);
		assert.doesNotMatch(reply.headers["content-type"]!, /problem/);
	},
	async redis(server) {
		assert.equal((await server.get("/readyz")).json().checks, undefined);
	},
	async server(server) {
		assert.equal((await server.get("/")).status, 200);
	},
	async shutdown(server) {
		assert.equal((await server.get("/readyz")).status, 200);
	},
	async crash(server) {
		assert.equal((await server.get("/")).status, 200);
	},
};

forEachServer(({ start }) => {
	for (const [room, check] of Object.entries(WITHOUT)) {
		test(`${room}: false leaves nothing of the room`, async (t) => {
			const server = await start(t, {
				options: { [room]: false },
				routes: [
					hello(),
					fail("/broken", new Error("broken")),
					tell("/ip", ({ native }) => native.ip),
					tell("/session", ({ native }) => typeof (native as { session?: unknown }).session),
					tell("/id", () => [getContext()?.requestId, requestId()]),
					{ path: "/large", handle: () => ({ headers: { "content-type": "text/plain" }, body: LARGE }) },
				],
				// Express prints errors that nobody handles, unless it is a test.
				env: { NODE_ENV: "test" },
			});
			await check(server);
			if (room !== "headers") assert.equal((await server.get("/")).headers["x-frame-options"], "DENY");
			if (room !== "requestId")
				assert.match((await server.get("/")).headers["x-request-id"] as string, /^.{36}$/);
			if (room !== "rateLimit") assert.equal(named(await server.get("/"), "ratelimit").length, 2);
			if (room !== "health") assert.equal((await server.get("/livez")).status, 200);
		});
	}

	test("with every room off there is nothing of ours", async (t) => {
		const options = Object.fromEntries(Object.keys(WITHOUT).map((room) => [room, false]));
		const server = await start(t, { options, routes: [hello()] });
		const reply = await server.get("/", { "accept-encoding": "br", origin: "https://a.example" });
		assert.equal(reply.text, '{"hello":"world"}');
		assert.deepEqual(
			Object.keys(reply.headers).filter(
				(name) => !/^(date|connection|keep-alive|content-.*|etag)$/.test(name),
			),
			[],
		);
		assert.deepEqual(server.lines, []);
	});
});

/** Libraries of ours, and what keeps each from being loaded. */
const LIBRARIES: readonly (readonly [library: RegExp, without: string | undefined])[] = [
	[/[/\\]node_modules[/\\]helmet[/\\]/, "headers: false"],
	[
		/[/\\]node_modules[/\\](zod|ioredis|redis|express-session|@fastify[/\\]session|express-rate-limit|@fastify[/\\]compress|compression)[/\\]/,
		undefined,
	],
];

/** Imports are hoisted, so the watcher stands in a module of its own. */
const WATCHER = `import "data:text/javascript,${encodeURIComponent(`
	import { registerHooks } from "node:module";
	globalThis.loaded = [];
	registerHooks({ load(url, context, next) { globalThis.loaded.push(url); return next(url, context); } });
`)}";`;

for (const [name, program] of Object.entries(PROGRAMS)) {
	const watched = (options: string): string => `
		${WATCHER}
		${asDynamic(program(options, "", 'await (await fetch(url + "/")).text();'))}
		console.log(JSON.stringify({ loaded: globalThis.loaded }));
	`;

	for (const [library, without] of LIBRARIES) {
		test(`${library.source.replace(/\[.*?\]/g, "/")} is not loaded ${without ?? "by default"} (${name})`, async () => {
			const loaded = async (options: string): Promise<string[]> => {
				const outcome = await runProgram(watched(options), { NODE_ENV: "test", LOG_LEVEL: "silent" });
				assert.equal(outcome.stderr, "");
				const { loaded } = outcome.lines.at(-1)!;
				assert.ok(loaded.length > 50);
				return loaded.filter((url: string) => library.test(url) || library.test(new URL(url).pathname));
			};
			if (without !== undefined) assert.notDeepEqual(await loaded("{}"), [], "with the room it is");
			assert.deepEqual(await loaded(without === undefined ? "{}" : `{ ${without} }`), []);
		});
	}

	test(`pino is not loaded with a logger of the program's, or without logging (${name})`, async () => {
		const pino = async (options: string): Promise<boolean> => {
			const { lines } = await runProgram(watched(options), { NODE_ENV: "test", LOG_LEVEL: "silent" });
			return lines.at(-1)!.loaded.some((url: string) => /node_modules[/\\]pino[/\\]/.test(url));
		};
		// Fastify brings pino itself.
		if (name !== "Fastify") assert.equal(await pino("{ logging: false }"), false);
		assert.equal(await pino("{}"), true);
	});
}

test("who starts waits for neither pino nor express-session, and both are there a turn later", async () => {
	const source = `
		${WATCHER}
		const { default: express } = await import("express");
		const { productionReady } = await import("@production-ready/express");
		const seen = () => ["pino", "express-session"].filter((name) =>
			globalThis.loaded.some((url) => url.includes("/node_modules/" + name + "/")));
		const app = express();
		app.use(productionReady());
		const server = app.listen(0, "127.0.0.1", () => {
			const atListening = seen();
			setImmediate(() => setImmediate(() => {
				console.log(JSON.stringify({ atListening, behind: seen() }));
				process.exit();
			}));
		});
	`;
	// A warning would be said at once.
	const { lines } = await runProgram(source, {
		NODE_ENV: "production",
		LOG_LEVEL: "silent",
		TRUST_PROXY: "1",
		SESSION_SECRET: "8Xb1Zc0T5uQ2pR7sW4vY9aD3fG6hJ1kL",
	});
	assert.deepEqual(lines.at(-1), { atListening: [], behind: ["pino", "express-session"] });
});

test("Node's own fetch is not loaded by an import of ours: it would take as long as all that is ours", async () => {
	const entries = ["core", "core/bootstrap", "express", "fastify"].map((name) => `@production-ready/${name}`);
	const source = `
		${entries.map((entry) => `import "${entry}";`).join("")}
		const hasFetch = () => process.moduleLoadList.some((module) => /undici/.test(module));
		const before = hasFetch();
		void globalThis.Response;
		console.log(JSON.stringify({ before, after: hasFetch() }));
		process.exit(0);
	`;
	const { lines } = await runProgram(source, { NODE_ENV: "test" });
	assert.deepEqual(lines.at(-1), { before: false, after: true });
});

/** Imports that wait for the watcher. */
function asDynamic(source: string): string {
	return source
		.replaceAll(/import (\{[^}]+\}) from ("[^"]+");/g, "const $1 = await import($2);")
		.replaceAll(/import (\w+) from ("[^"]+");/g, "const { default: $1 } = await import($2);");
}

function named({ headers }: Reply, prefix: string): string[] {
	return Object.keys(headers).filter((name) => name.startsWith(prefix));
}
