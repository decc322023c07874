import assert from "node:assert/strict";
import { test } from "node:test";
import { forEachServer, hello, type Reply, type Server, tell } from "./servers.ts";
import { called, idOf, sessionOf, sessionRoutes } from "./session-routes.ts";
import { cookiesOf, createBrowser, createTestStore } from "./session-store.ts";

const SECRET = "8Xb1Zc0T5uQ2pR7sW4vY9aD3fG6hJ1kL";
const OLDER = "mN5bV8cX2zL7kJ4hG1fD9sA6pO3iU0yT";
const HTTPS = { "x-forwarded-proto": "https" };
const BEHIND_TLS = { proxy: { hops: 1 } } as const;

forEachServer(({ start, framework }) => {
	const routes = sessionRoutes(framework);
	/** The one session that a store holds. */
	const only = (store: ReturnType<typeof createTestStore>) => {
		assert.equal(store.data.size, 1);
		const [[id, text]] = [...store.data] as [[string, string]];
		return { id, value: JSON.parse(text), text };
	};

	test("a session is kept for who brings its cookie, and only once somebody has written to it", async (t) => {
		const server = await start(t, { options: { session: { secret: SECRET } }, routes });
		const visitor = createBrowser(server);
		assert.deepEqual(cookiesOf(await visitor.ask("/look")), []);
		assert.equal((await visitor.ask("/views")).json(), 1);
		assert.equal((await visitor.ask("/views")).json(), 2);
		assert.deepEqual((await visitor.ask("/look")).json(), {
			views: 2,
			user: null,
			keys: ["cookie", "views"],
		});
		assert.equal((await createBrowser(server).ask("/views")).json(), 1);
	});

	test("SESSION_SECRET turns sessions on, and session: false off", async (t) => {
		const on = await start(t, { env: { SESSION_SECRET: SECRET }, routes });
		assert.equal((await on.get("/views")).json(), 1);
		const off = await start(t, { env: { SESSION_SECRET: SECRET }, options: { session: false }, routes });
		assert.equal((await off.get("/id")).json(), null);
		const none = await start(t, { env: { SESSION_SECRET: undefined }, routes });
		assert.equal((await none.get("/id")).json(), null);
	});

	test("H99, N143: over https the cookie is __Host-, Secure, HttpOnly and SameSite=Lax; over http it has another name", async (t) => {
		const options = { ...BEHIND_TLS, session: { secret: SECRET } };
		const server = await start(t, { options, routes, env: { NODE_ENV: "production" } });
		const [secure] = cookiesOf(await server.get("/views", HTTPS));
		assert.equal(secure!.name, "__Host-sid");
		assert.deepEqual(secure!.attributes.split("; ").sort(), ["HttpOnly", "Path=/", "SameSite=Lax", "Secure"]);
		const [plain] = cookiesOf(await server.get("/views"));
		assert.equal(plain!.name, "sid");
		assert.deepEqual(plain!.attributes.split("; ").sort(), ["HttpOnly", "Path=/", "SameSite=Lax"]);
		// What was set over http is nothing over https, and the other way round.
		for (const [headers, cookie] of [
			[HTTPS, `sid=${secure!.value}`],
			[HTTPS, `sid=${plain!.value}`],
			[{}, `__Host-sid=${secure!.value}`],
		] as const) {
			assert.equal((await server.get("/views", { ...headers, cookie })).json(), 1, cookie.slice(0, 12));
		}
		assert.equal((await server.get("/views", { ...HTTPS, cookie: `__Host-sid=${secure!.value}` })).json(), 2);
	});

	test("N143: a domain or a path takes the prefix away; secure: true sets nothing over http", async (t) => {
		const session = { secret: SECRET, cookie: { domain: "example.com", sameSite: "strict" } } as const;
		const server = await start(t, { options: { ...BEHIND_TLS, session }, routes });
		const [cookie] = cookiesOf(await server.get("/views", HTTPS));
		assert.equal(cookie!.name, "sid");
		assert.match(cookie!.attributes, /Domain=example\.com/);
		assert.match(cookie!.attributes, /SameSite=Strict/);
		const always = await start(t, {
			options: { ...BEHIND_TLS, session: { secret: SECRET, cookie: { secure: true } } },
			routes: [
				...routes,
				tell("/save", async (call) => {
					sessionOf(call).views = 1;
					await called((done) => sessionOf(call).save(done));
				}),
			],
		});
		assert.deepEqual(cookiesOf(await always.get("/views")), []);
		assert.deepEqual(cookiesOf(await always.get("/save")), [], "nor where the program saves by hand");
		assert.equal(cookiesOf(await always.get("/views", HTTPS))[0]!.name, "__Host-sid");
	});

	test("H97: a cookie that is forged, cut, empty or foreign is no session, and the store is not asked", async (t) => {
		const store = createTestStore();
		const server = await start(t, { options: { session: { secret: SECRET, store } }, routes });
		const [{ value } = { value: "" }] = cookiesOf(await server.get("/views"));
		const flipped = `${value.slice(0, -1)}${value.endsWith("A") ? "B" : "A"}`;
		store.calls.length = 0;
		for (const bad of [
			flipped,
			value.slice(0, -5),
			value.slice(4),
			"s%3A",
			"s%3A.",
			"x",
			"%",
			"a".repeat(4_000),
		]) {
			const reply = await server.get("/look", { cookie: `sid=${bad}` });
			assert.equal(reply.status, 200, bad.slice(0, 20));
			assert.equal(reply.json().views, null);
			assert.deepEqual(cookiesOf(reply), []);
		}
		const many = Array.from({ length: 100 }, (_, index) => `sid=${index}`).join("; ");
		assert.equal((await server.get("/look", { cookie: many })).status, 200);
		assert.deepEqual(store.calls, []);
	});

	test("H98, N138: a login gives a new id and kills the old one; two at once give one live id each", async (t) => {
		const store = createTestStore();
		const server = await start(t, { options: { session: { secret: SECRET, store } }, routes });
		const visitor = createBrowser(server);
		await visitor.ask("/views");
		const before = only(store).id;
		const cookie = `sid=${visitor.jar.get("sid")}`;
		const replies = await Promise.all([server.get("/login", { cookie }), server.get("/login", { cookie })]);
		const ids = replies.map((reply) => reply.json());
		assert.deepEqual([...store.data.keys()].sort(), [...ids].sort());
		assert.equal(new Set([before, ...ids]).size, 3);
		for (const reply of replies) {
			const own = `sid=${cookiesOf(reply)[0]!.value}`;
			const seen = (await server.get("/look", { cookie: own })).json();
			assert.deepEqual([seen.user, seen.views], ["ada", null]);
		}
		assert.equal((await server.get("/look", { cookie })).json().views, null);
	});

	test("a logout kills the session and takes the cookie away", async (t) => {
		const store = createTestStore();
		const options = { ...BEHIND_TLS, session: { secret: SECRET, store } };
		const server = await start(t, { options, routes });
		const user = createBrowser(server, HTTPS);
		await user.ask("/login");
		const cookie = `__Host-sid=${user.jar.get("__Host-sid")}`;
		const [gone] = cookiesOf(await user.ask("/logout"));
		assert.equal(gone!.name, "__Host-sid");
		assert.match(gone!.attributes, /Expires=Thu, 01 Jan 1970/);
		assert.match(gone!.attributes, /Path=\/.*Secure|Secure.*Path=\//);
		assert.equal(store.data.size, 0);
		assert.equal((await server.get("/look", { ...HTTPS, cookie })).json().user, null);
	});

	test("a new id that regenerate() gives is told to the client, also where nothing else changes", async (t) => {
		const server = await start(t, {
			options: { session: { secret: SECRET } },
			routes: [
				...routes,
				tell("/again", async (call) => {
					await called((done) => sessionOf(call).regenerate(done));
					return idOf(call);
				}),
			],
		});
		const visitor = createBrowser(server);
		await visitor.ask("/views");
		const id = (await visitor.ask("/again")).json();
		assert.equal((await visitor.ask("/id")).json(), id);
	});

	test("N132: a store that hangs or fails gives 503 to who brings a session, and nobody else hears of it", async (t) => {
		const store = createTestStore();
		const session = { secret: SECRET, store, storeTimeoutMs: 20 };
		const server = await start(t, { options: { session }, routes });
		const visitor = createBrowser(server);
		await visitor.ask("/views");
		for (const conduct of ["hangs", "fails", "hangs"] as const) {
			store.conduct = conduct;
			const reply = await visitor.ask("/look");
			assert.equal(reply.status, 503, conduct);
			assert.equal(reply.headers["retry-after"], "5");
			assert.match(reply.headers["content-type"]!, /^application\/problem\+json/);
			assert.deepEqual({ ...reply.json(), requestId: "" }, OUTAGE);
			assert.doesNotMatch(JSON.stringify([reply.headers, reply.text]), /secret-host|6379/);
			await saysWhy(server, reply);
			assert.equal((await server.get("/none")).status, 200);
			assert.equal((await server.get("/look", { cookie: "sid=forged" })).status, 200);
		}
		store.conduct = "well";
		assert.equal((await visitor.ask("/views")).json(), 2);
		const said = server.lines.filter(({ code }) => code === "SESSION_OUTAGE").map(({ msg }) => msg);
		assert.deepEqual(said, ["the session store fails", "the session store answers again"]);
		assert.ok(!JSON.stringify(server.lines).includes(only(store).id), "the id is in no line");
	});

	test("N131: onOutage: anonymous goes on without, keeps the cookie, and refuses to pretend that it has saved", async (t) => {
		const store = createTestStore();
		const session = { secret: SECRET, store, onOutage: "anonymous" } as const;
		const server = await start(t, { options: { session }, routes });
		const visitor = createBrowser(server);
		await visitor.ask("/login");
		store.conduct = { get: "fails" };
		const look = await visitor.ask("/look");
		assert.equal(look.status, 200);
		assert.deepEqual(look.json(), { views: null, user: null, keys: ["cookie"] });
		assert.deepEqual(cookiesOf(look), []);
		// Also where the store could take it by now: the session would be another one.
		const views = await visitor.ask("/views");
		assert.equal(views.status, 503);
		await saysWhy(server, views);
		assert.deepEqual(cookiesOf(views), []);
		store.conduct = "well";
		assert.equal((await visitor.ask("/look")).json().user, "ada");
	});

	test("N133: what could not be saved is no success, and nothing of that answer is left", async (t) => {
		const store = createTestStore();
		const server = await start(t, {
			options: { session: { secret: SECRET, store } },
			routes: [
				...routes,
				{
					path: "/write",
					handle(call) {
						sessionOf(call).views = 1;
						const headers = {
							etag: '"x"',
							location: "/welcome",
							"x-own": "stays",
							"set-cookie": "welcome=1",
							"content-type": "text/html",
						};
						return { status: 201, headers, body: "<p>saved</p>" };
					},
				},
			],
		});
		store.conduct = { set: "fails" };
		const reply = await server.get("/write", { "accept-encoding": "gzip" });
		assert.equal(reply.status, 503);
		assert.deepEqual({ ...reply.json(), requestId: "" }, OUTAGE);
		await saysWhy(server, reply);
		assert.equal(reply.headers["retry-after"], "5");
		assert.deepEqual(
			["etag", "location", "set-cookie"].filter((name) => name in reply.headers),
			[],
		);
		assert.equal(reply.headers["content-length"], String(reply.bytes.length));
		assert.equal(reply.headers["x-own"], "stays");
		store.conduct = "well";
		assert.equal((await server.get("/write")).status, 201);
	});

	test("an answer does not leave before its session is saved", async (t) => {
		const store = createTestStore();
		const server = await start(t, { options: { session: { secret: SECRET, store } }, routes });
		const gate = store.hold("set");
		let isThere = false;
		const asked = server.get("/views").then((reply) => {
			isThere = true;
			return reply;
		});
		await gate.arrived;
		await server.get("/none");
		assert.equal(isThere, false);
		gate.letGo();
		assert.equal((await asked).status, 200);
		assert.equal(only(store).value.views, 1);
	});

	test("N134: what cannot be read is no session: one line, the key gone, and the program goes on", async (t) => {
		const store = createTestStore();
		const server = await start(t, { options: { session: { secret: SECRET, store } }, routes });
		for (const corrupt of [
			"{",
			'"text"',
			"null",
			"7",
			"[]",
			"{}",
			'{"cookie":5}',
			'{"cookie":{"expires":"x"}}',
		]) {
			store.data.clear();
			const visitor = createBrowser(server);
			await visitor.ask("/views");
			const { id } = only(store);
			store.data.set(id, corrupt);
			const reply = await visitor.ask("/look");
			assert.equal(reply.status, 200, corrupt);
			assert.equal(reply.json().views, null);
			await store.settled();
			if (corrupt !== "null") assert.deepEqual([...store.data.keys()], [], corrupt);
		}
		const said = server.lines.filter(({ code }) => code === "SESSION_CORRUPT");
		assert.equal(said.length, 7);
	});

	test("N135: what no store can hold is an error that names the key, and nothing half-written", async (t) => {
		const store = createTestStore();
		const circle: Record<string, unknown> = {};
		circle.self = circle;
		const bad: Readonly<Record<string, [unknown, RegExp]>> = {
			bigint: [{ amount: 1n }, /cart\.amount \(a bigint\)/],
			circle: [circle, /cart\.self \(a circle\)/],
			function: [() => 1, /cart \(a function\)/],
			lonely: [() => 1, /cart \(a function\)/],
			deep: [{ items: [{ run: () => 1 }] }, /cart\.items\.0\.run \(a function\)/],
		};
		const server = await start(t, {
			options: { session: { secret: SECRET, store } },
			routes: [
				...routes,
				...Object.entries(bad).map(([name, [value]]) =>
					tell(`/${name}`, (call) => {
						// A change of its own: a library that sees none would not even try to save.
						if (name !== "lonely") sessionOf(call).views = 5;
						sessionOf(call).cart = value;
						return "saved";
					}),
				),
			],
		});
		const visitor = createBrowser(server);
		await visitor.ask("/views");
		for (const [name, [, expected]] of Object.entries(bad)) {
			const reply = await visitor.ask(`/${name}`);
			assert.equal(reply.status, 500, name);
			assert.doesNotMatch(reply.text, /cart/);
			const { err } = await server.line({ path: `/${name}` });
			assert.match(err.message, expected);
			assert.deepEqual(Object.keys(only(store).value).sort(), ["__createdAt", "cookie", "views"]);
			assert.equal(only(store).value.views, 1);
		}
		assert.equal((await visitor.ask("/views")).json(), 2);
	});

	for (const kind of ["of the program", "in memory"]) {
		test(`N137: a session that was destroyed stays dead, though a request that had it saves late (${kind})`, async (t) => {
			const store = createTestStore();
			let arrive = (): void => {};
			let go = (): void => {};
			const server = await start(t, {
				options: {
					session: { secret: SECRET, ...(kind === "in memory" ? {} : { store, persistent: true }) },
				},
				routes: [
					...routes,
					tell("/slow", async (call) => {
						const leave = new Promise<void>((resolve) => {
							go = resolve;
						});
						arrive();
						await leave;
						sessionOf(call).views = 99;
						return "late";
					}),
				],
			});
			const visitor = createBrowser(server);
			await visitor.ask("/login");
			const cookie = `sid=${visitor.jar.get("sid")}`;
			const arrived = new Promise<void>((resolve) => {
				arrive = resolve;
			});
			const slow = server.get("/slow", { cookie });
			await arrived;
			await visitor.ask("/logout");
			go();
			const late = await slow;
			assert.equal(late.status, 200);
			assert.deepEqual(cookiesOf(late), []);
			assert.equal((await server.get("/look", { cookie })).json().views, null);
			if (kind !== "in memory") assert.equal(store.data.size, 0);
		});
	}

	test("N139: the time of a session is extended once a tenth of it has passed, and no cookie goes with it", async (t) => {
		const store = createTestStore();
		t.mock.timers.enable({ apis: ["Date"], now: 1_800_000_000_000 });
		const session = { secret: SECRET, store, idleTimeoutMs: 100_000 };
		const server = await start(t, { options: { session, rateLimit: false }, routes });
		const visitor = createBrowser(server);
		await visitor.ask("/views");
		for (let index = 0; index < 5; index++) assert.deepEqual(cookiesOf(await visitor.ask("/look")), []);
		assert.ok(!store.calls.includes("touch"));
		t.mock.timers.setTime(Date.now() + 10_001);
		await visitor.ask("/look");
		await visitor.ask("/look");
		await store.settled();
		assert.equal(store.calls.filter((name) => name === "touch").length, 1);
		assert.equal(new Date(only(store).value.cookie.expires).getTime(), Date.now() + 100_000);
		t.mock.timers.setTime(Date.now() + 99_000);
		assert.equal((await visitor.ask("/views")).json(), 2);
		t.mock.timers.setTime(Date.now() + 100_001);
		assert.equal((await visitor.ask("/look")).json().views, null);
		await store.settled();
		assert.deepEqual([...store.data.keys()], []);
	});

	test("a session ends at its age, however much it is used", async (t) => {
		const store = createTestStore();
		t.mock.timers.enable({ apis: ["Date"], now: 1_800_000_000_000 });
		const session = { secret: SECRET, store, idleTimeoutMs: 50_000, absoluteTimeoutMs: 120_000 };
		const server = await start(t, { options: { session, rateLimit: false }, routes });
		const visitor = createBrowser(server);
		await visitor.ask("/views");
		for (let index = 2; index <= 3; index++) {
			t.mock.timers.setTime(Date.now() + 40_000);
			assert.equal((await visitor.ask("/views")).json(), index);
		}
		assert.equal(new Date(only(store).value.cookie.expires).getTime(), 1_800_000_000_000 + 120_000);
		t.mock.timers.setTime(Date.now() + 39_000);
		assert.equal((await visitor.ask("/views")).json(), 4);
		t.mock.timers.setTime(Date.now() + 1_000);
		assert.equal((await visitor.ask("/look")).json().views, null);
	});

	test("N144: a persistent cookie, its Max-Age and the store's time agree, and go on together", async (t) => {
		const store = createTestStore();
		t.mock.timers.enable({ apis: ["Date"], now: 1_800_000_000_000 });
		const session = { secret: SECRET, store, idleTimeoutMs: 100_000, persistent: true };
		const server = await start(t, { options: { session, rateLimit: false }, routes });
		const visitor = createBrowser(server);
		const ends = (text: string): number => Date.parse(/Expires=([^;]+)/.exec(text)![1]!);
		const agree = async ({ text }: { text: string }): Promise<void> => {
			await store.settled();
			const stored = new Date(only(store).value.cookie.expires).getTime();
			assert.ok(Math.abs(ends(text) - stored) <= 1_000, text);
			assert.ok(Math.abs(stored - Date.now() - 100_000) <= 1_000);
		};
		await agree(cookiesOf(await visitor.ask("/views"))[0]!);
		assert.deepEqual(cookiesOf(await visitor.ask("/look")), []);
		t.mock.timers.setTime(Date.now() + 20_000);
		await agree(cookiesOf(await visitor.ask("/look"))[0]!);
		t.mock.timers.setTime(Date.now() + 5_000);
		await agree(cookiesOf(await visitor.ask("/views"))[0]!);
		t.mock.timers.setTime(Date.now() + 100_001);
		assert.equal((await visitor.ask("/look")).json().views, null);
	});

	test("N140: a cookie of the older secret is taken and signed anew; without that secret it is worth nothing", async (t) => {
		const store = createTestStore();
		const begin = (secret: string | string[]): Promise<Server> =>
			start(t, { options: { session: { secret, store } }, routes });
		const visitor = createBrowser(await begin(OLDER));
		await visitor.ask("/login");
		const older = `sid=${visitor.jar.get("sid")}`;
		const rotating = await begin([SECRET, OLDER]);
		const reply = await rotating.get("/look", { cookie: older });
		assert.equal(reply.json().user, "ada");
		const renewed = cookiesOf(reply);
		assert.equal(renewed.length, 1);
		const newer = `sid=${renewed[0]!.value}`;
		assert.notEqual(newer, older);
		assert.deepEqual(cookiesOf(await rotating.get("/look", { cookie: newer })), []);
		assert.equal((await rotating.get("/look", { cookie: newer })).json().user, "ada");
		const done = await begin(SECRET);
		assert.equal((await done.get("/look", { cookie: newer })).json().user, "ada");
		assert.equal((await done.get("/look", { cookie: older })).json().user, null);
	});

	test("N145: an id has 128 bits or more, and stands in no line of the log and in no answer", async (t) => {
		const store = createTestStore();
		const server = await start(t, {
			options: { session: { secret: SECRET, store } },
			routes: [...routes, hello()],
		});
		const visitor = createBrowser(server);
		await visitor.ask("/views");
		const { id } = only(store);
		assert.ok(Buffer.from(id, "base64url").length * 8 >= 128);
		store.conduct = "fails";
		const failed = await visitor.ask("/look");
		await server.line({ path: "/look" });
		assert.ok(!JSON.stringify(server.lines).includes(id));
		assert.ok(!JSON.stringify([failed.headers, failed.text]).includes(id));
	});
});

/** The line of a request that an outage has answered. */
async function saysWhy(server: Server, reply: Reply): Promise<void> {
	const line = await server.line({
		requestId: reply.headers["x-request-id"] as string,
		msg: "request completed",
	});
	assert.deepEqual([line.status, line.reason], [503, "the session store is not available"]);
}

const OUTAGE = { type: "about:blank", title: "Service Unavailable", status: 503, requestId: "" };
