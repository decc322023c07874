import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import type { Options } from "@production-ready/core";
import * as onExpress from "@production-ready/express";
import * as onFastify from "@production-ready/fastify";
import type { Express } from "express";
import { type FastifyInstance, fastify } from "fastify";
import {
	captureLog,
	type ExpressLibrary,
	express4,
	express5,
	forEachServer,
	fresh,
	hello,
	type Line,
	listen,
	type Native,
	type Server,
	tell,
} from "./servers.ts";

/** The socket's peer in every test. */
const PEER = "127.0.0.1";
/** As many entries as Node takes in a header. */
const MANY = Array(5_000).fill("::").join(",");
const LOCALS = Array(3_900).fill("::1").join(",");

/** X-Forwarded-For as it arrives, and who the client is then. */
type Table = readonly (readonly [forwarded: string | readonly string[] | undefined, client: string])[];

const HOSTILE: readonly (string | readonly string[])[] = [
	"garbage",
	"",
	",",
	",,,",
	"unknown",
	"_hidden",
	"1.2.3",
	"1.2.3.4.5",
	"999.1.1.1",
	"0x7f.1",
	"<script>",
	"\u00e9\u00ff",
	"1.2.3.4; DROP TABLE",
	"for=1.2.3.4",
	"[",
	"[]",
	"[::1",
	":".repeat(5_000),
	"a".repeat(8_000),
];

/** Each trust, what it makes of a chain; `spoofed` are chains in which nobody believable speaks. */
const TRUST: readonly { name: string; proxy: Options["proxy"]; table: Table }[] = [
	{
		name: "no proxy",
		proxy: false,
		table: [
			[undefined, PEER],
			["203.0.113.7", PEER],
			["203.0.113.7, 198.51.100.1", PEER],
			[MANY, PEER],
		],
	},
	{
		name: "one proxy",
		proxy: { hops: 1 },
		table: [
			[undefined, PEER],
			["203.0.113.7", "203.0.113.7"],
			["1.1.1.1, 203.0.113.7", "203.0.113.7"],
			["1.1.1.1,2.2.2.2,3.3.3.3,203.0.113.7", "203.0.113.7"],
			["203.0.113.7:51234", "203.0.113.7"],
			["2001:DB8::7", "2001:db8::7"],
			["[2001:db8::7]", "2001:db8::7"],
			["[2001:db8::7]:51234", "2001:db8::7"],
			["::ffff:203.0.113.7", "203.0.113.7"],
			["::ffff:cb00:7107", "203.0.113.7"],
			["fe80::1%eth0", "fe80::1"],
			["  203.0.113.7  ", "203.0.113.7"],
			["203.0.113.7, garbage", PEER],
			["203.0.113.7,", PEER],
			[["1.1.1.1", "203.0.113.7"], "203.0.113.7"],
			[`${MANY},203.0.113.7`, "203.0.113.7"],
		],
	},
	{
		name: "two proxies",
		proxy: { hops: 2 },
		table: [
			["203.0.113.7", "203.0.113.7"],
			["203.0.113.7, 198.51.100.1", "203.0.113.7"],
			["1.1.1.1, 203.0.113.7, 198.51.100.1", "203.0.113.7"],
			["1.1.1.1, garbage, 198.51.100.1", "198.51.100.1"],
			["203.0.113.7:1, [2001:db8::7]:2", "203.0.113.7"],
			[`${MANY},203.0.113.7,198.51.100.1`, "203.0.113.7"],
		],
	},
	{
		name: "networks that the peer is in",
		proxy: { trust: ["loopback", "10.0.0.0/8", "fd00::/8"] },
		table: [
			["203.0.113.7", "203.0.113.7"],
			["1.1.1.1, 203.0.113.7, 10.1.2.3", "203.0.113.7"],
			["1.1.1.1, 203.0.113.7, 10.1.2.3:443, [fd12::1]:80", "203.0.113.7"],
			["10.9.9.9, 10.1.2.3", "10.9.9.9"],
			["203.0.113.7, ::ffff:10.1.2.3", "203.0.113.7"],
			["11.0.0.1, 203.0.113.7", "203.0.113.7"],
			[LOCALS, "::1"],
		],
	},
	{
		name: "networks that the peer is not in",
		proxy: { trust: ["10.0.0.0/8"] },
		table: [
			["203.0.113.7", PEER],
			["203.0.113.7, 10.1.2.3", PEER],
		],
	},
];

forEachServer(({ start, framework, name }) => {
	for (const { name: trust, proxy, table } of TRUST) {
		test(`with ${trust} the limit, the log and the route agree on who the client is`, async (t) => {
			const server = await start(t, {
				options: { proxy, rateLimit: { limit: 1_000 } },
				routes: [tell("/", ({ native }) => native.ip)],
			});
			const counted = new Map<string, number>();
			for (const [index, [forwarded, client]] of table.entries()) {
				const reply = await server.get("/", {
					"x-request-id": `row-${index}`,
					...(forwarded === undefined ? {} : { "x-forwarded-for": forwarded }),
				});
				const row = `${String(forwarded).slice(0, 60)} -> ${client}`;
				assert.equal((await server.line({ requestId: `row-${index}` })).ip, client, row);
				counted.set(client, (counted.get(client) ?? 0) + 1);
				assert.match(
					reply.headers.ratelimit as string,
					new RegExp(`;r=${1_000 - counted.get(client)!};`),
					row,
				);
				if (isPlain(forwarded) && knowsBeforehand) assert.equal(reply.json(), client, row);
			}
		});

		test(`with ${trust} nonsense in X-Forwarded-For is the peer, and never an error`, async (t) => {
			const server = await start(t, { options: { proxy }, routes: [hello()] });
			for (const [index, forwarded] of HOSTILE.entries()) {
				const reply = await server.get("/", { "x-forwarded-for": forwarded, "x-request-id": `row-${index}` });
				assert.equal(reply.status, 200, String(forwarded).slice(0, 60));
				const { ip } = await server.line({ requestId: `row-${index}` });
				assert.equal(ip, PEER, String(forwarded).slice(0, 60));
			}
		});
	}

	/** Fastify is told at construction, so `request.ip` is the peer's where ours came later. */
	const knowsBeforehand = framework === "express" || name.includes("createApp");

	function isPlain(forwarded: Table[number][0]): boolean {
		return forwarded === undefined || /^[\d.]+$/.test(String(forwarded));
	}

	test("TRUST_PROXY says the same without code, and code beats it with a word in the log", async (t) => {
		const routes = [hello()];
		const forwarded = { "x-forwarded-for": "203.0.113.7" };
		const byEnvironment = await start(t, { routes, env: { TRUST_PROXY: "1" } });
		await byEnvironment.get("/", forwarded);
		assert.equal((await byEnvironment.line({ path: "/" })).ip, "203.0.113.7");
		const byCode = await start(t, { options: { proxy: false }, routes, env: { TRUST_PROXY: "1" } });
		await byCode.get("/", forwarded);
		assert.equal((await byCode.line({ path: "/" })).ip, PEER);
		assert.match((await byCode.line({ code: "CODE_OVERRIDES_ENV" })).msg, /TRUST_PROXY/);
		const byNone = await start(t, {
			options: { rateLimit: { limit: 1 } },
			routes,
			env: { TRUST_PROXY: "none" },
		});
		assert.deepEqual([await statusOf(byNone, forwarded), await statusOf(byNone, forwarded)], [200, 429]);
	});

	test("each client behind a proxy has a limit of its own, and none can choose another", async (t) => {
		const server = await start(t, {
			options: { proxy: { hops: 1 }, rateLimit: { limit: 1 } },
			routes: [hello()],
		});
		const from = (forwarded: string) => statusOf(server, { "x-forwarded-for": forwarded });
		assert.deepEqual([await from("203.0.113.7"), await from("203.0.113.7")], [200, 429]);
		assert.equal(await from("203.0.113.8"), 200);
		for (const spoof of ["9.9.9.9", MANY, "garbage", "::1", "127.0.0.1"]) {
			assert.equal(await from(`${spoof}, 203.0.113.7`), 429, spoof.slice(0, 20));
			assert.equal(await from(`${spoof}, 203.0.113.7:4711`), 429, "a port makes no other client");
		}
		assert.equal(await from("2001:db8:1:1200::1"), 200);
		assert.equal(await from("2001:db8:1:12ff::9"), 429, "the same /56");
		assert.equal(await from("2001:db8:1:1300::1"), 200);
	});

	test("a header with the address alone is believed of a trusted peer, if it is an address", async (t) => {
		const options = { proxy: { hops: 1, clientHeader: "cf-connecting-ip" } };
		const server = await start(t, { options, routes: [hello()] });
		const cases: Table = [
			["203.0.113.9", "203.0.113.9"],
			["[2001:db8::9]:1", "2001:db8::9"],
			["garbage", "198.51.100.1"],
			["203.0.113.9, 1.1.1.1", "198.51.100.1"],
		];
		for (const [index, [named, client]] of cases.entries()) {
			await server.get("/", {
				"cf-connecting-ip": named!,
				"x-forwarded-for": "198.51.100.1",
				"x-request-id": `row-${index}`,
			});
			assert.equal((await server.line({ requestId: `row-${index}` })).ip, client, String(named));
		}
	});

	test("a header with the address alone is nothing in the mouth of a stranger", async (t) => {
		const server = await start(t, {
			options: { proxy: { trust: ["10.0.0.0/8"], clientHeader: "cf-connecting-ip" } },
			routes: [hello()],
		});
		await server.get("/", { "cf-connecting-ip": "203.0.113.9" });
		assert.equal((await server.line({ path: "/" })).ip, PEER);
	});

	test("X-Forwarded-For that nobody has explained is counted, not refused, and said once", async (t) => {
		const server = await start(t, { options: { rateLimit: { limit: 1 } }, routes: [hello()] });
		const forwarded = { "x-forwarded-for": "203.0.113.7" };
		for (let count = 0; count < 4; count++) assert.equal(await statusOf(server, forwarded), 200);
		const notices = server.lines.filter(({ code }) => code === "FORWARDED_UNEXPLAINED");
		assert.equal(notices.length, 1);
		assert.equal(notices[0]!.level, 40);
		assert.match(notices[0]!.hint, /TRUST_PROXY=1/);
		assert.equal(await statusOf(server, {}), 429, "without the header there is no doubt");
	});

	test("the first request from a proxy that nobody named is told of, long before the limit, and once for all rooms", async (t) => {
		const https = { "x-forwarded-for": "203.0.113.7", "x-forwarded-proto": "https" };
		for (const more of [{}, { https: { redirect: true } }]) {
			const options = { preset: "web", session: false, rateLimit: { limit: 2 }, ...more } as const;
			const server = await start(t, { options, routes: [hello()] });
			const told = (): Line[] => server.lines.filter(({ code }) => code === "FORWARDED_UNEXPLAINED");
			assert.equal((await server.get("/", https)).headers["strict-transport-security"], undefined);
			assert.equal(told().length, 1);
			assert.match(told()[0]!.msg, /no HSTS, no Secure cookie/);
			for (let count = 0; count < 4; count++) assert.equal(await statusOf(server, https), 200);
			assert.equal(told().length, 1, "not again by the limit, nor by the redirect");
		}
	});

	test("a key of the program's leaves no doubt", async (t) => {
		const server = await start(t, {
			options: { rateLimit: { limit: 1, key: () => "all" } },
			routes: [hello()],
		});
		const forwarded = { "x-forwarded-for": "203.0.113.7" };
		assert.deepEqual([await statusOf(server, forwarded), await statusOf(server, forwarded)], [200, 429]);
	});
});

forEachServer(({ start, framework, gaps }) => {
	const trusting: Native = { express: (app) => app.set("trust proxy", 1) };
	const skip = framework === "express" ? undefined : "Fastify has no setting that comes later";

	for (const when of ["before", "beforeRoutes"] as const) {
		test(`an app.set("trust proxy") of the program's wins (${when})`, {
			skip: skip ?? gaps.before,
		}, async (t) => {
			const server = await start(t, {
				options: { proxy: false },
				[when]: trusting,
				routes: [tell("/", ({ native }) => native.ip)],
			});
			const reply = await server.get("/", { "x-forwarded-for": "203.0.113.7" });
			assert.equal(reply.json(), "203.0.113.7");
			assert.equal((await server.line({ path: "/" })).ip, "203.0.113.7");
		});
	}
});

type OwnTrust = boolean | string | string[] | ((address: string, hop: number) => boolean);
type Trusting = (own: OwnTrust, options: Options) => Express | FastifyInstance;

function expressTrusting(express: ExpressLibrary): Trusting {
	return (own, options) => {
		const app = express();
		app.set("trust proxy", own);
		app.use(onExpress.productionReady(options as onExpress.Options));
		app.get("/", (request, response) => void response.json(request.ip));
		return app;
	};
}

/** An app whose program has told the framework itself whom to believe. */
const TRUSTING: readonly (readonly [name: string, build: Trusting])[] = [
	["Express 4", expressTrusting(express4)],
	["Express 5", expressTrusting(express5)],
	[
		"Fastify",
		(own, options) => {
			const app: FastifyInstance = fastify({ trustProxy: own });
			void app.register(onFastify.productionReady, options as onFastify.Options);
			app.get("/", async ({ ip }, reply) => reply.type("application/json").send(JSON.stringify(ip)));
			return app;
		},
	],
];

for (const [name, build] of TRUSTING) {
	const started = async (t: TestContext, own: OwnTrust): Promise<Server> => {
		fresh(t);
		const log = captureLog();
		return listen(t, build(own, { platform: "plain", logging: { logger: log.logger } }), log);
	};
	const told = ({ lines }: Server): Line[] => lines.filter(({ code }) => code !== undefined);

	test(`a setting of the program's own that believes everybody is told of once (${name})`, async (t) => {
		for (const own of [true, () => true, ["0.0.0.0/1", "128.0.0.0/1"]]) {
			const server = await started(t, own);
			for (const forged of ["203.0.113.7", "203.0.113.8"])
				assert.equal((await server.get("/", { "x-forwarded-for": forged })).json(), forged);
			const [line, ...more] = told(server);
			assert.deepEqual([line?.code, line?.level, more.length], ["PROXY_TRUSTS_ALL", 40, 0], String(own));
			assert.match(line!.hint, /TRUST_PROXY=1/);
		}
	});

	test(`one that names proxies is not (${name})`, async (t) => {
		const some: readonly OwnTrust[] = [
			false,
			"loopback",
			["10.0.0.0/8"],
			(_address, hop) => hop < 1,
			(_address, hop) => hop < 32,
		];
		for (const own of some) {
			const server = await started(t, own);
			await server.get("/", { "x-forwarded-for": "203.0.113.7" });
			const codes = told(server).map(({ code }) => code);
			assert.ok(!codes.includes("PROXY_TRUSTS_ALL"), String(own));
		}
	});
}

async function statusOf(server: Server, headers: Record<string, string>): Promise<number> {
	return (await server.get("/", headers)).status;
}
