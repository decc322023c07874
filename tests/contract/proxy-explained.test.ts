/** PX4: the operator asks what was seen of a request, who was believed, and which setting fits. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { forEachServer, type Reply, tell } from "./servers.ts";

const TOKEN = "a-token-of-the-operator";
const BEARER = { authorization: `Bearer ${TOKEN}` };
const CLIENT = "203.0.113.7";
const PATH = "/proxyz";
const DEVELOPMENT = { NODE_ENV: "development" };
const PRODUCTION = { NODE_ENV: "production" };

// biome-ignore lint/suspicious/noExplicitAny: a test says what it expects to find in it.
function explained(reply: Reply): any {
	assert.equal(reply.status, 200);
	assert.equal(reply.headers["content-type"], "application/json; charset=utf-8");
	assert.equal(reply.headers["cache-control"], "no-store");
	assert.equal(reply.headers["x-content-type-options"], "nosniff");
	return reply.json();
}

forEachServer(({ start, framework, gaps }) => {
	const programs = tell(PATH, () => "mine");

	test("in production nothing is there without a token, and the program's own route answers", async (t) => {
		const server = await start(t, { routes: [programs], env: PRODUCTION });
		assert.equal((await server.get(PATH, BEARER)).json(), "mine");
		const bare = await start(t, { env: PRODUCTION });
		const [there, nowhere] = [await bare.get(PATH), await bare.get("/nowhere")];
		assert.deepEqual([there.status, there.headers["content-type"]], [404, nowhere.headers["content-type"]]);
	});

	test("who has the token is answered in production, and for all others nothing is there", async (t) => {
		const server = await start(t, {
			options: { proxy: { token: TOKEN } },
			routes: [programs],
			env: PRODUCTION,
		});
		const strangers = [
			undefined,
			"",
			"Bearer ",
			`Bearer ${TOKEN}x`,
			`Basic ${TOKEN}`,
			TOKEN,
			"\u00e9".repeat(30),
		];
		for (const authorization of strangers) {
			const headers: Record<string, string> = authorization === undefined ? {} : { authorization };
			assert.equal((await server.get(PATH, headers)).json(), "mine", authorization);
		}
		assert.equal(explained(await server.get(PATH, BEARER)).client.address, "127.0.0.1");
		assert.doesNotMatch((await server.get(PATH, BEARER)).text, new RegExp(TOKEN));
	});

	test("in development who is near needs no token, and only the exact path is it", async (t) => {
		const server = await start(t, { env: DEVELOPMENT });
		const { client, suggestion } = explained(await server.get(`${PATH}?by=hand`));
		assert.deepEqual([client.address, suggestion.code], ["127.0.0.1", "proxy: false"]);
		assert.match(client.because, /nobody is believed/);
		const head = await server.ask(PATH, { method: "HEAD" });
		assert.deepEqual([head.status, head.text], [200, ""]);
		for (const other of [`${PATH}/`, `/x${PATH}`, "/PROXYZ"])
			assert.equal((await server.get(other)).status, 404, other);
		assert.equal((await server.ask(PATH, { method: "POST" })).status, 404);
	});

	test("a path can be chosen, or none", async (t) => {
		const options = { proxy: { explainPath: "/internal/who" } };
		const chosen = await start(t, { options, routes: [programs], env: DEVELOPMENT });
		explained(await chosen.get("/internal/who"));
		assert.equal((await chosen.get(PATH)).json(), "mine");
		for (const proxy of [false, { explainPath: false }] as const) {
			const without = await start(t, { options: { proxy }, routes: [programs], env: DEVELOPMENT });
			assert.equal((await without.get(PATH)).json(), "mine");
		}
	});

	test("each peer has its verdict, and the setting in force says where it comes from", async (t) => {
		const server = await start(t, { options: { proxy: { token: TOKEN } }, env: { TRUST_PROXY: "2" } });
		const byCode = await start(t, {
			options: { proxy: { trust: ["loopback", "10.0.0.0/8"], token: TOKEN } },
			env: { TRUST_PROXY: "2" },
		});
		const headers = { ...BEARER, "x-forwarded-for": `1.1.1.1, ${CLIENT}:51234, 10.0.0.5` };
		const [counted, named] = [
			explained(await server.get(PATH, headers)),
			explained(await byCode.get(PATH, headers)),
		];
		for (const { client, chain } of [counted, named]) {
			assert.equal(client.address, CLIENT);
			assert.deepEqual(
				chain.peers.map(({ address, isTrusted }: { address: string; isTrusted?: boolean }) => [
					address,
					isTrusted,
				]),
				[
					["127.0.0.1", true],
					["10.0.0.5", true],
					[CLIENT, false],
					["1.1.1.1", undefined],
				],
			);
		}
		assert.deepEqual([counted.setting.hops, counted.setting.origin], [2, "env:TRUST_PROXY"]);
		assert.deepEqual([named.setting.trust, named.setting.origin], [["loopback", "10.0.0.0/8"], "code"]);
		assert.match(named.chain.peers[1].verdict, /in 10\.0\.0\.0\/8/);
		assert.deepEqual(counted.suggestion.variable, "TRUST_PROXY=2");
	});

	test("a lie is tried out: too many hops believe it, and the right number does not", async (t) => {
		const spoofOf = async (
			hops: number,
			forwarded: string,
		): Promise<[isBelieved: boolean, address: string]> => {
			const server = await start(t, { options: { proxy: { hops, token: TOKEN } } });
			const { spoof } = explained(await server.get(PATH, { ...BEARER, "x-forwarded-for": forwarded }));
			return [spoof.isBelieved, spoof.address];
		};
		assert.deepEqual(await spoofOf(1, CLIENT), [false, CLIENT]);
		assert.deepEqual(await spoofOf(2, CLIENT), [true, "192.0.2.66"]);
		assert.deepEqual(await spoofOf(2, `${CLIENT}, 10.0.0.5`), [false, CLIENT]);
		assert.deepEqual(await spoofOf(0, CLIENT), [false, "127.0.0.1"]);
	});

	test("headers are shown as they came, bounded and without what a terminal acts on", async (t) => {
		const server = await start(t, {
			options: { proxy: { hops: 1, clientHeader: "x-real-ip", token: TOKEN } },
		});
		const headers = {
			...BEARER,
			cookie: "session=secret",
			"x-forwarded-for": Array(3_000).fill("::").join(","),
			"x-forwarded-proto": "https, http",
			"x-forwarded-host": `${"h".repeat(5_000)}`,
			"x-real-ip": "\u009b31m\u00ff",
			forwarded: "for=1.2.3.4",
		};
		const reply = await server.get(PATH, headers);
		const { chain, protocol, host, otherHeaders } = explained(reply);
		assert.deepEqual([chain.peers.length, chain.left], [21, 2_980]);
		assert.deepEqual([protocol.isSecure, protocol["x-forwarded-proto"]], [false, "https, http"]);
		assert.equal(host["x-forwarded-host"].length, 203);
		assert.deepEqual(otherHeaders, { forwarded: "for=1.2.3.4", "x-real-ip": "?31m?" });
		assert.ok(reply.text.length < 8_000);
		assert.doesNotMatch(reply.text, /secret|[^\n\x20-\x7e]/);
	});

	test("it answers also who has used up the limit", async (t) => {
		const server = await start(t, {
			options: { proxy: { token: TOKEN }, rateLimit: { limit: 1 } },
			routes: [tell("/", () => 1)],
		});
		await server.get("/");
		assert.equal((await server.get("/")).status, 429);
		for (let count = 0; count < 3; count++) explained(await server.get(PATH, BEARER));
		assert.equal((await server.line({ path: PATH })).status, 200);
	});

	test("where the program has set the framework's own trust, it says that ours stands down", {
		skip: framework === "express" ? gaps.before : "Fastify has no setting that comes later",
	}, async (t) => {
		const server = await start(t, {
			options: { proxy: { hops: 1, token: TOKEN } },
			before: { express: (app) => app.set("trust proxy", "10.0.0.0/8") },
		});
		const { client, setting, spoof } = explained(
			await server.get(PATH, { ...BEARER, "x-forwarded-for": CLIENT }),
		);
		assert.equal(client.address, "127.0.0.1");
		assert.match(setting.decidedBy, /^express, by a setting of the program's/);
		assert.equal(spoof, undefined);
		await server.line({ code: "PART_STANDS_DOWN" });
	});
});
