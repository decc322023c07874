/** Whom the limit, the log, the headers and the program take for the client: one table, on every framework, over sockets. */
import assert from "node:assert/strict";
import http from "node:http";
import { test } from "node:test";
import { type Options, resolveOptions } from "@production-ready/core";
import * as onFastify from "@production-ready/fastify";
import { fastify } from "fastify";
import { type Headers, type Setting, seenBy } from "../proxy-model.ts";
import {
	captureLog,
	FACTORIES,
	type Factory,
	forEachServer,
	fresh,
	listen,
	type Server,
	tell,
} from "./servers.ts";

const CLIENT = "203.0.113.7";
/** From where a test connects: Linux has all of 127.0.0.0/8. */
const PEERS = process.platform === "linux" ? ["127.0.0.1", "127.0.0.9"] : ["127.0.0.1"];

/** What the proxies in front have added, up to three of them. */
const ADDED: readonly (readonly string[])[] = [
	[],
	[CLIENT],
	[CLIENT, "10.0.0.5"],
	[CLIENT, "104.16.0.9", "10.0.0.5"],
	["[2001:db8::7]:51234"],
	[`::ffff:${CLIENT}`, "10.0.0.5:443"],
];
/** What the client has written before that. */
const LIES: readonly (string | undefined)[] = [
	undefined,
	"1.1.1.1",
	"127.0.0.1, 10.0.0.1",
	"unknown",
	"2.2.2.2,",
];

/** Proto and host come with every chain, with and without a lie in front. */
const WORDS: readonly Headers[] = [
	{},
	{ "x-forwarded-proto": "https", "x-forwarded-host": "shop.example" },
	{ "x-forwarded-proto": "https, http", "x-forwarded-host": "evil.example, shop.example:8443" },
	{
		"x-forwarded-proto": "HTTPS",
		"x-forwarded-host": "evil.example,inner",
		"cf-connecting-ip": "198.51.100.77",
	},
	{ "x-forwarded-proto": "gopher", "cf-connecting-ip": "198.51.100.77:80, 1.1.1.1" },
];

interface Case {
	readonly peer: string;
	readonly headers: Headers;
}

const CASES: readonly Case[] = ADDED.flatMap((added, row) =>
	LIES.map((lie, column): Case => {
		const forwarded = [...(lie === undefined ? [] : [lie]), ...added].join(", ");
		return {
			peer: PEERS[(row + column) % PEERS.length]!,
			headers: {
				...WORDS[(row + column) % WORDS.length],
				...(forwarded === "" ? {} : { "x-forwarded-for": forwarded }),
			},
		};
	}),
);

const SETTINGS: readonly (readonly [name: string, proxy: Options["proxy"], env?: string])[] = [
	["nothing said", undefined],
	["false", false],
	...[0, 1, 2, 3].map((hops) => [`${hops} hops`, { hops }] as const),
	["loopback", { trust: ["loopback"] }],
	["private", { trust: ["private"] }],
	["cloudflare", { trust: ["cloudflare"] }],
	["private and cloudflare", { trust: ["private", "cloudflare"] }],
	["networks", { trust: ["127.0.0.8/29", "10.0.0.0/8", "104.16.0.9"] }],
	["IPv6", { trust: ["::1", "2001:db8::/32", "::ffff:127.0.0.1"] }],
	["a header of the nearest proxy", { hops: 1, clientHeader: "cf-connecting-ip" }],
	["a header of proxies by address", { trust: ["127.0.0.9"], clientHeader: "cf-connecting-ip" }],
	["TRUST_PROXY=private,cloudflare", undefined, "private,cloudflare"],
];

/** What a route is told by its framework, in the words of each. */
const SEEN = tell("/", ({ native }) => {
	const { ip, protocol, hostname, secure } = native as unknown as Record<string, unknown>;
	return { ip, isSecure: secure ?? protocol === "https", protocol, hostname };
});

/** Fastify is told whom to trust at construction: where ours comes later, only our own parts know. */
const isTold = ({ framework, name }: Factory): boolean =>
	framework === "express" || name.includes("createApp");

async function from(
	server: Server,
	{ peer, headers }: Case,
	id: string,
): Promise<http.IncomingHttpHeaders & { body: string }> {
	const { port } = server;
	const options = {
		port,
		host: "127.0.0.1",
		localAddress: peer,
		headers: { ...headers, "x-request-id": id },
		agent: false,
	};
	return new Promise((resolve, reject) => {
		const request = http.get(options as never, async (response) => {
			let body = "";
			for await (const chunk of response) body += chunk;
			resolve({ ...response.headers, body });
		});
		request.on("error", reject);
	});
}

function settingOf(proxy: Options["proxy"], env: string | undefined): Setting {
	if (env !== undefined) return { trust: env.split(",") };
	return (proxy || {}) as Setting;
}

forEachServer((factory) => {
	for (const [name, proxy, env] of SETTINGS) {
		test(`H81 H84 with ${name}, every chain and every lie: the route, the log and the headers agree`, async (t) => {
			const server = await factory.start(t, {
				options: { proxy, rateLimit: false },
				routes: [SEEN],
				env: { TRUST_PROXY: env },
			});
			const setting = settingOf(proxy, env);
			for (const [index, one] of CASES.entries()) {
				const row = `${one.peer} ${JSON.stringify(one.headers)}`;
				const expected = seenBy(setting, one.peer, one.headers);
				const { body, ...headers } = await from(server, one, `row-${index}`);
				const { ip } = await server.line({ requestId: `row-${index}` });
				assert.equal(ip, expected.ip, row);
				assert.equal("strict-transport-security" in headers, expected.isSecure, row);
				const seen = JSON.parse(body);
				const told = isTold(factory) ? expected : { ip: one.peer, isSecure: false, host: undefined };
				assert.deepEqual(
					[seen.ip, seen.isSecure, seen.hostname],
					[told.ip, told.isSecure, (told.host ?? "127.0.0.1").replace(/:\d+$/, "")],
					row,
				);
				assert.match(seen.protocol, /^https?$/, row);
			}
			const notices = server.lines.filter(({ code }) => code === "TRUST_AT_CONSTRUCTION").length;
			const isTrusting = (setting.hops ?? 0) > 0 || setting.trust !== undefined;
			assert.equal(notices, !isTold(factory) && isTrusting ? 1 : 0);
		});
	}

	test("H84 no stranger says by what protocol and for which host a request came", async (t) => {
		const server = await factory.start(t, { options: { proxy: { trust: ["10.0.0.0/8"] } }, routes: [SEEN] });
		const lies = {
			"x-forwarded-proto": "https",
			"x-forwarded-host": "evil.example",
			"x-forwarded-for": "10.0.0.1",
		};
		const { body, ...headers } = await from(server, { peer: "127.0.0.1", headers: lies }, "lie");
		assert.deepEqual(JSON.parse(body), {
			ip: "127.0.0.1",
			isSecure: false,
			protocol: "http",
			hostname: "127.0.0.1",
		});
		assert.equal(headers["strict-transport-security"], undefined);
	});

	test("a header with the address alone counts once: sent twice it is nobody's", async (t) => {
		const server = await factory.start(t, {
			options: { proxy: { hops: 1, clientHeader: "x-real-ip" } },
			routes: [SEEN],
		});
		const forwarded = { "x-forwarded-for": CLIENT };
		const table: readonly (readonly [sent: string | readonly string[], ip: string])[] = [
			["198.51.100.77", "198.51.100.77"],
			["198.51.100.77:1234", "198.51.100.77"],
			["[2001:DB8::7]:1", "2001:db8::7"],
			["::ffff:198.51.100.77", "198.51.100.77"],
			[["198.51.100.77", "198.51.100.77"], CLIENT],
			["198.51.100.77, 198.51.100.78", CLIENT],
			["unknown", CLIENT],
			["", CLIENT],
		];
		for (const [index, [sent, ip]] of table.entries()) {
			const reply = await server.get("/", {
				...forwarded,
				"x-real-ip": sent,
				"x-request-id": `row-${index}`,
			});
			assert.equal((await server.line({ requestId: `row-${index}` })).ip, ip, String(sent));
			assert.equal(reply.json().ip, isTold(factory) ? ip : "127.0.0.1", String(sent));
		}
	});

	test("H82 a chain as long as Node takes it, and what is no address, are no error and no client", async (t) => {
		const server = await factory.start(t, {
			options: { proxy: { hops: 3 }, rateLimit: false },
			routes: [SEEN],
		});
		const ends: readonly string[] = ["", "unknown", "_hidden", ",", "[", "[]:80", "1.2.3.4.5", "%", "\u00ff"];
		const chains = [
			Array(5_000).fill("::").join(","),
			",".repeat(12_000),
			...ends.map((end) => `1.1.1.1,${end}`),
		];
		for (const [index, chain] of chains.entries()) {
			const reply = await server.get("/", { "x-forwarded-for": chain, "x-request-id": `row-${index}` });
			assert.equal(reply.status, 200, chain.slice(0, 40));
			const { ip } = await server.line({ requestId: `row-${index}` });
			assert.equal(ip, index === 0 ? "::" : "127.0.0.1", chain.slice(0, 40));
			assert.equal(reply.json().ip, isTold(factory) ? ip : "127.0.0.1");
		}
	});

	test("H83 Forwarded is not read, alone or beside X-Forwarded-For, and that is said once", async (t) => {
		const server = await factory.start(t, {
			options: { proxy: { hops: 1 }, rateLimit: false },
			routes: [SEEN],
		});
		const forwarded = { forwarded: 'for="[2001:db8::1]:80";proto=https;host=evil.example' };
		const ask = async (id: string, headers: Record<string, string>): Promise<string> => {
			const reply = await server.get("/", { ...headers, "x-request-id": id });
			assert.deepEqual([reply.json().isSecure, reply.json().hostname], [false, "127.0.0.1"]);
			return (await server.line({ requestId: id })).ip;
		};
		assert.equal(await ask("both", { ...forwarded, "x-forwarded-for": CLIENT }), CLIENT);
		const said = (): number => server.lines.filter(({ code }) => code === "FORWARDED_NOT_READ").length;
		assert.equal(said(), 0);
		assert.equal(await ask("alone", forwarded), "127.0.0.1");
		assert.equal(await ask("again", forwarded), "127.0.0.1");
		assert.equal(said(), 1);
		assert.match((await server.line({ code: "FORWARDED_NOT_READ" })).hint, /clientHeader/);
	});

	test("H83 nothing is said of a Forwarded that a stranger sends", async (t) => {
		const server = await factory.start(t, { options: { proxy: { trust: ["10.0.0.0/8"] } }, routes: [SEEN] });
		await server.get("/", { forwarded: "for=1.2.3.4", "x-request-id": "stranger" });
		assert.equal((await server.line({ requestId: "stranger" })).ip, "127.0.0.1");
		assert.equal(server.lines.filter(({ code }) => code === "FORWARDED_NOT_READ").length, 0);
	});

	test("the platform cloudflare believes Cloudflare and what stands in between, and nobody else", async (t) => {
		const server = await factory.start(t, {
			options: { platform: "cloudflare", rateLimit: false },
			routes: [SEEN],
		});
		const headers = {
			"cf-connecting-ip": CLIENT,
			"x-forwarded-for": `1.1.1.1, ${CLIENT}`,
			"x-request-id": "tunnel",
		};
		await server.get("/", headers);
		assert.equal((await server.line({ requestId: "tunnel" })).ip, CLIENT);
	});
});

for (const factory of FACTORIES) {
	test(`H81 true is refused at boot: ${factory.name}`, async (t) => {
		for (const proxy of [true, { trust: true }, { trust: ["0.0.0.0/0"] }, { trust: ["private", "::/0"] }]) {
			await assert.rejects(
				async () => {
					const server = await factory.start(t, { options: { proxy } as never });
					await ("ready" in server.app ? server.app.ready() : undefined);
				},
				(error: Error) =>
					/PROXY_TRUSTS_ALL/.test(error.message) && /proxy: \{ hops: 1 \}/.test(error.message),
			);
		}
		for (const TRUST_PROXY of ["true", "*", "0.0.0.0/0", "99"])
			assert.throws(() => resolveOptions({}, { TRUST_PROXY }), /PROXY_TRUSTS_ALL/);
	});
}

test("H84 Fastify constructed by serverOptions is told whom to trust; the program's own trustProxy stays its own", async (t) => {
	fresh(t);
	const log = captureLog();
	const options: onFastify.Options = {
		platform: "plain",
		proxy: { hops: 1 },
		logging: { logger: log.logger },
	};
	const constructed = fastify(onFastify.serverOptions(options));
	constructed.register(onFastify.productionReady, options);
	constructed.get("/", async ({ ip, protocol, host }) => ({ ip, protocol, host }));
	const server = await listen(t, constructed, log);
	const headers = {
		"x-forwarded-for": `${CLIENT}:51234`,
		"x-forwarded-proto": "https",
		"x-forwarded-host": "shop.example",
	};
	assert.deepEqual((await server.get("/", headers)).json(), {
		ip: CLIENT,
		protocol: "https",
		host: "shop.example",
	});
	assert.deepEqual(
		log.lines.filter(({ code }) => code !== undefined),
		[],
	);

	fresh(t);
	const own = fastify({ ...onFastify.serverOptions(options), trustProxy: "10.0.0.0/8" });
	own.register(onFastify.productionReady, options);
	own.get("/", async ({ ip, protocol, host }) => ({ ip, protocol, host: host.replace(/:\d+$/, "") }));
	const other = await listen(t, own, log);
	assert.deepEqual((await other.get("/", headers)).json(), {
		ip: "127.0.0.1",
		protocol: "http",
		host: "127.0.0.1",
	});
	assert.match((await log.line({ code: "PART_STANDS_DOWN" })).msg, /whom to believe/);
});
