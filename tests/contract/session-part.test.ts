import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { Readable } from "node:stream";
import { describe, test } from "node:test";
import { ProductionReadyError } from "@production-ready/core";
import * as onExpress from "@production-ready/express";
import * as onFastify from "@production-ready/fastify";
import type { NextFunction, Request, RequestHandler, Response } from "express";
import { fastify } from "fastify";
import { runProgram } from "./child.ts";
import { captureLog, type ExpressLibrary, express4, express5, fresh, listen } from "./servers.ts";
import { cookiesOf, createBrowser, createTestStore } from "./session-store.ts";

const SECRET = "8Xb1Zc0T5uQ2pR7sW4vY9aD3fG6hJ1kL";
const OLDER = "mN5bV8cX2zL7kJ4hG1fD9sA6pO3iU0yT";
const expressSession = createRequire(import.meta.resolve("@production-ready/express"))("express-session");

type Library = (options: object) => RequestHandler;
// biome-ignore lint/suspicious/noExplicitAny: a case does with a request what programs do.
type Handler = (request: any, response: Response, next: NextFunction) => unknown;

/** Requests of one browser, and what both libraries are told. */
interface Case {
	readonly options?: Readonly<Record<string, unknown>>;
	readonly headers?: Readonly<Record<string, string>>;
	readonly steps: readonly Handler[];
	/** What stands before the session. */
	readonly before?: Handler;
	readonly path?: string;
	/** Where the session is mounted. */
	readonly mount?: string;
}

/** What both are told, where their defaults differ. */
const SAME = {
	secret: SECRET,
	resave: false,
	saveUninitialized: false,
	cookie: { sameSite: "lax", secure: "auto" },
};
const HTTPS = { "x-forwarded-proto": "https" };

const write: Handler = (request, response) => {
	request.session.views = (request.session.views ?? 0) + 1;
	response.send(String(request.session.views));
};
const look: Handler = (request, response) => {
	response.json([request.session?.views ?? null, Object.keys(request.session ?? {}).sort()]);
};
const nothing: Handler = (_request, response) => response.send("nothing");
/** The cookies of a request, which has none from then on. */
const parsed = (request: Request): Record<string, string> => {
	const pairs = (request.headers.cookie ?? "").split("; ").map((pair) => pair.split("=", 2));
	delete request.headers.cookie;
	return Object.fromEntries(pairs.map(([name, value = ""]) => [name, decodeURIComponent(value)]));
};
const again = (handler: Handler, count: number): Handler[] => Array.from({ length: count }, () => handler);

const CASES: Readonly<Record<string, Case>> = {
	"a session that nobody writes to is not kept": { steps: [nothing, look] },
	"one that is written to is": { steps: [write, write, look] },
	"saveUninitialized: true keeps it at once": {
		options: { saveUninitialized: true },
		steps: [nothing, look, nothing],
	},
	"resave: true saves it each time": { options: { resave: true }, steps: [write, nothing, nothing] },
	"rolling: true sends the cookie each time": {
		options: { rolling: true, cookie: { maxAge: 60_000 } },
		steps: [write, look, look],
	},
	"rolling without saveUninitialized": { options: { rolling: true }, steps: [nothing, write, nothing] },
	"a name": { options: { name: "my.sid" }, steps: [write, write] },
	"key, the older word for name": { options: { key: "key.sid" }, steps: [write, write] },
	maxAge: { options: { cookie: { maxAge: 60_000 } }, steps: [write, look, write] },
	expires: {
		options: { cookie: { expires: new Date(Date.now() + 3_600_000) } },
		steps: [write, look, write],
	},
	"httpOnly: false": { options: { cookie: { httpOnly: false } }, steps: [write] },
	"a domain": { options: { cookie: { domain: "example.com" } }, steps: [write] },
	"sameSite strict": { options: { cookie: { sameSite: "strict" } }, steps: [write] },
	partitioned: { options: { cookie: { partitioned: true, secure: true } }, headers: HTTPS, steps: [write] },
	priority: { options: { cookie: { priority: "high" } }, steps: [write] },
	"secure: true over http sets nothing": { options: { cookie: { secure: true } }, steps: [write, look] },
	"secure: auto over http": { options: { cookie: { secure: "auto" } }, steps: [write, look] },
	"proxy: true believes X-Forwarded-Proto": {
		options: { proxy: true, cookie: { secure: true } },
		headers: HTTPS,
		steps: [write, look],
	},
	"proxy: false does not": {
		options: { proxy: false, cookie: { secure: true } },
		headers: HTTPS,
		steps: [write, look],
	},
	"cookie as a function": {
		options: {
			cookie: (request: Request) => ({
				path: "/",
				httpOnly: request.path !== "/open",
				secure: false,
				sameSite: "lax",
			}),
		},
		path: "/open",
		steps: [write, look],
	},
	"a path that does not match": {
		options: { cookie: { path: "/admin" } },
		steps: [look, (request, response) => response.send(typeof request.session)],
	},
	"a path that does": { options: { cookie: { path: "/admin" } }, path: "/admin/x", steps: [write, look] },
	"mounted below a path": { mount: "/shop", path: "/shop/cart", steps: [write, look] },
	genid: {
		options: { genid: (request: Request) => `id-${request.path.length}-0123456789abcdef` },
		steps: [write, (request, response) => response.send(request.sessionID)],
	},
	"two secrets": { options: { secret: [SECRET, OLDER] }, steps: [write, look] },
	destroy: {
		steps: [
			write,
			(request, response) => request.session.destroy(() => response.send(typeof request.session)),
			look,
		],
	},
	regenerate: {
		steps: [
			write,
			(request, response) => request.session.regenerate(() => response.send(String(request.session.views))),
			look,
			write,
		],
	},
	"regenerate and write": {
		steps: [
			write,
			(request, response) =>
				request.session.regenerate(() => {
					request.session.views = 41;
					response.send("new");
				}),
			write,
		],
	},
	"reload throws away what was written": {
		steps: [
			write,
			(request, response) => {
				request.session.views = 77;
				request.session.reload((error: unknown) =>
					response.send(`${String(error)} ${request.session.views}`),
				);
			},
			look,
		],
	},
	"reload of a session that is not kept is an error": {
		steps: [(request, response) => request.session.reload((error: Error) => response.send(error.message))],
	},
	"save by hand, and again at the end": {
		steps: [
			(request, response) => {
				request.session.views = 5;
				request.session.save((error: unknown) => {
					request.session.views = 6;
					response.send(String(error ?? "saved"));
				});
			},
			look,
		],
	},
	touch: {
		options: { cookie: { maxAge: 60_000 } },
		steps: [write, (request, response) => response.send(typeof request.session.touch().views)],
	},
	"unset: destroy": {
		options: { unset: "destroy" },
		steps: [
			write,
			(request, response) => {
				request.session = null;
				response.send("unset");
			},
			look,
		],
	},
	"unset: keep": {
		steps: [
			write,
			(request, response) => {
				request.session = null;
				response.send("unset");
			},
			look,
		],
	},
	"delete request.session": {
		steps: [
			write,
			(request, response) => {
				delete request.session;
				response.send("deleted");
			},
			look,
		],
	},
	"the cookie's maxAge changed in a session": {
		steps: [
			(request, response) => {
				request.session.cookie.maxAge = 600_000;
				request.session.views = 1;
				response.send("longer");
			},
			look,
			write,
		],
	},
	"a cookie that the program has moved to where cookie-parser puts it": {
		before(request, _response, next) {
			request.cookies = parsed(request);
			next();
		},
		steps: [write, write, look],
	},
	"and to where it puts those that it has checked itself": {
		before(request, _response, next) {
			const signed = Object.entries(parsed(request));
			request.signedCookies = Object.fromEntries(signed.map(([name, value]) => [name, value.slice(2, 34)]));
			next();
		},
		steps: [write, write, look],
	},
	"proxy not said: what the program has put at request.secure": {
		options: { cookie: { secure: true } },
		before(request, _response, next) {
			Object.defineProperty(request, "secure", { value: true });
			next();
		},
		steps: [write, look],
	},
	"login by hand: regenerate, write, save, and nothing afterwards": {
		steps: [
			(request, response) =>
				request.session.regenerate(() => {
					request.session.views = 1;
					request.session.save(() => response.send("in"));
				}),
			look,
			write,
		],
	},
	"changed and changed back": {
		steps: [
			write,
			(request, response) => {
				request.session.views = 9;
				request.session.views = 1;
				response.send("as it was");
			},
			look,
		],
	},
	"a cookie that cannot be written": {
		steps: [
			(request, response) => {
				request.session.cookie.path = "/\n";
				request.session.views = 1;
				response.send("no cookie");
			},
			look,
		],
	},
	"writeHead with a list of headers": {
		steps: [
			(request, response) => {
				request.session.views = 1;
				response.writeHead(200, ["content-type", "text/plain", "set-cookie", "a=1", "set-cookie", "b=2"]);
				response.end("listed");
			},
			look,
		],
	},
	"writeHead with words and pairs": {
		steps: [
			(request, response) => {
				request.session.views = 1;
				response.writeHead(200, "Fine", [
					["content-type", "text/plain"],
					["set-cookie", "a=1"],
				] as never);
				response.end("pairs");
			},
			look,
		],
	},
	"unset: destroy behind the head": {
		options: { unset: "destroy" },
		steps: [
			write,
			(request, response) => {
				response.write("first, ");
				request.session = null;
				response.end("last");
			},
			look,
		],
	},
	"cookie as a function that does not say whether it is secure": {
		options: { cookie: () => ({ path: "/", sameSite: "lax" }) },
		steps: [write, write],
	},
	"a method of the program's in place of one of the session's": {
		steps: [
			(request, response) => {
				const { session } = request;
				const { save } = session;
				session.save = function (...args: unknown[]) {
					return save.apply(this, args);
				};
				session.views = 1;
				response.send("own");
			},
			look,
		],
	},
	"what the store gives is put into the session that comes after it": {
		steps: [
			write,
			(request, response) => {
				const { session, sessionID, sessionStore } = request;
				sessionStore.get(sessionID, (_error: unknown, data: Record<string, unknown>) =>
					session.regenerate(() => {
						const { cookie: _, ...own } = data;
						Object.assign(request.session, own);
						request.session.save((error: unknown) => response.json([String(error ?? ""), Object.keys(own)]));
					}),
				);
			},
			look,
		],
	},
	"an id that is always the same, read from the store and begun anew": {
		options: { genid: () => "always-the-same-0123456789abcdef" },
		steps: [
			write,
			(request, response) => {
				const { session, sessionID, sessionStore } = request;
				sessionStore.get(sessionID, () =>
					session.regenerate(() => {
						request.session.views = 40;
						response.send("anew");
					}),
				);
			},
			look,
		],
	},
	"what the store gives is kept under another id": {
		steps: [
			write,
			(request, response) => {
				const { sessionID, sessionStore } = request;
				sessionStore.get(sessionID, (_error: unknown, data: object) =>
					sessionStore.set("other", data, () =>
						sessionStore.get("other", (_: unknown, copy?: { views: number }) => response.json(copy?.views)),
					),
				);
			},
		],
	},
	"a key that looks like one of ours": {
		steps: [
			(request, response) => {
				Object.assign(request.session, JSON.parse('{"__kept":{"createdAtMs":9e15},"views":1}'));
				response.send("kept");
			},
			write,
		],
	},
	"a session that is there already stays": {
		before: (request, _response, next) => {
			request.session = { own: true };
			next();
		},
		steps: [(request, response) => response.json(request.session)],
	},
	"id, sessionID and sessionStore": {
		steps: [
			write,
			(request, response) => {
				const { session, sessionID, sessionStore } = request;
				response.json([session.id === sessionID, typeof sessionStore.get, typeof sessionStore.generate]);
			},
		],
	},
	"a stream": {
		steps: [
			(request, response) => {
				request.session.views = 3;
				Readable.from(["a", "b", "c"]).pipe(response);
			},
			look,
		],
	},
	"written to between the first byte and the last": {
		steps: [
			write,
			(request, response) => {
				response.write("first");
				request.session.views = 30;
				response.end("last");
			},
			look,
		],
	},
	"writeHead with headers": {
		steps: [
			(request, response) => {
				request.session.views = 1;
				response.writeHead(202, { "content-type": "text/plain", "set-cookie": "other=1" });
				response.end("accepted");
			},
			look,
		],
	},
	flushHeaders: {
		steps: [
			(request, response) => {
				request.session.views = 1;
				response.flushHeaders();
				response.end("flushed");
			},
			look,
		],
	},
	"an empty answer": {
		steps: [
			(request, response) => {
				request.session.views = 1;
				response.status(204).end();
			},
			look,
		],
	},
	"end twice": {
		steps: [
			(request, response) => {
				request.session.views = 1;
				response.end("once");
				response.end("twice");
			},
			look,
		],
	},
	"a redirect": {
		steps: [
			(request, response) => {
				request.session.views = 1;
				response.redirect("/elsewhere");
			},
			look,
		],
	},
	"callbacks of write and end": {
		steps: [
			(request, response) => {
				request.session.views = 1;
				response.write("a", "utf8", () => response.end("b", () => {}));
			},
			look,
		],
	},
	"another cookie of the program's": {
		steps: [
			(request, response) => {
				response.cookie("a", "1");
				request.session.views = 1;
				response.cookie("b", "2");
				response.send("three");
			},
		],
	},
	"an error of the program": {
		steps: [
			(request) => {
				request.session.views = 1;
				throw Object.assign(new Error("teapot"), { status: 418 });
			},
			look,
		],
	},
	"many writes": { steps: again(write, 4) },
};

/** What a browser sees of a case, without what differs from run to run. */
async function observe(
	t: Parameters<typeof fresh>[0],
	express: ExpressLibrary,
	library: Library,
	given: Case,
): Promise<unknown[]> {
	const app = express();
	let step = 0;
	if (given.before !== undefined) app.use(given.before as RequestHandler);
	const { cookie, ...options } = given.options ?? {};
	const isObject = typeof cookie !== "function";
	app.use(
		given.mount ?? "/",
		library({ ...SAME, ...options, cookie: isObject ? { ...SAME.cookie, ...(cookie as object) } : cookie }),
	);
	app.use((request, response, next) => given.steps[step++]!(request, response, next));
	app.use(
		(error: Error & { status?: number }, _request: Request, response: Response, _next: NextFunction) => {
			response.status(error.status ?? 500).send(error.message);
		},
	);
	const server = await listen(t, app);
	const browser = createBrowser(server, given.headers);
	const values = new Map<string, number>();
	const seen: unknown[] = [];
	for (let index = 0; index < given.steps.length; index++) {
		const reply = await browser.ask(given.path ?? "/");
		const cookies = cookiesOf(reply).map(({ name, value, attributes }) => {
			if (!values.has(value)) values.set(value, values.size);
			return `${name}=#${values.get(value)} ${attributes.replace(/Expires=[^;]*/, "Expires=...")}`;
		});
		seen.push([reply.status, reply.text, cookies, reply.headers.location]);
	}
	return seen;
}

for (const [name, express] of [
	["Express 4", express4],
	["Express 5", express5],
] as const) {
	describe(`the part alone does what express-session does, on ${name}`, () => {
		for (const [title, given] of Object.entries(CASES)) {
			test(title, async (t) => {
				fresh(t);
				const theirs = await observe(t, express, expressSession, given);
				const ours = await observe(t, express, onExpress.session as Library, given);
				assert.deepEqual(ours, theirs);
			});
		}
	});
}

describe("the part alone", () => {
	test("is stricter where nothing is said: no warning, nothing saved in vain, a cookie that is Lax and secure by itself", async (t) => {
		fresh(t);
		const app = express5();
		app.set("trust proxy", true);
		app.use(onExpress.session({ secret: SECRET }));
		app.get("/", write as RequestHandler);
		app.get("/none", nothing as RequestHandler);
		const server = await listen(t, app);
		assert.deepEqual(cookiesOf(await server.get("/none")), []);
		const [plain] = cookiesOf(await server.get("/"));
		assert.equal(plain!.name, "connect.sid");
		assert.equal(plain!.attributes, "Path=/; HttpOnly; SameSite=Lax");
		const [secure] = cookiesOf(await server.get("/", HTTPS));
		assert.equal(secure!.attributes, "Path=/; HttpOnly; Secure; SameSite=Lax");
	});

	test("knows by TRUST_PROXY too whether a request is secure", async (t) => {
		fresh(t, { TRUST_PROXY: "loopback" });
		for (const cookie of [undefined, { secure: "auto" }, () => ({ secure: "auto" as const })] as const) {
			const app = express5();
			app.use(onExpress.session({ secret: SECRET, cookie }));
			app.get("/", write as RequestHandler);
			const server = await listen(t, app);
			const [secure] = cookiesOf(await server.get("/", HTTPS));
			assert.equal(secure!.attributes, "Path=/; HttpOnly; Secure; SameSite=Lax");
			const [plain] = cookiesOf(await server.get("/"));
			assert.equal(plain!.attributes, "Path=/; HttpOnly; SameSite=Lax");
		}
	});

	test("takes its options on Fastify too, and leaves the names of @fastify/cookie to the program", async (t) => {
		fresh(t);
		const store = createTestStore();
		const app = fastify();
		void app.register(onFastify.session, {
			secret: SECRET,
			name: "my.sid",
			store,
			genid: () => "id-0123456789abcdef",
		});
		app.decorateReply("setCookie", () => "mine" as never);
		app.decorateRequest("cookies", null as never);
		app.get("/", async (request) => {
			const session = request.session as unknown as { views?: number };
			session.views = (session.views ?? 0) + 1;
			return String(session.views);
		});
		const server = await listen(t, app);
		const browser = createBrowser(server);
		await browser.ask("/");
		assert.equal((await browser.ask("/")).text, "2");
		assert.deepEqual([...browser.jar.keys()], ["my.sid"]);
		assert.deepEqual([...store.data.keys()], ["id-0123456789abcdef"]);
	});

	test("unset: destroy says that it went well when it did, on both", async (t) => {
		fresh(t);
		const store = createTestStore();
		const options = { secret: SECRET, store, unset: "destroy" } as const;
		const app = express5();
		app.use(onExpress.session(options));
		app.get("/", write as RequestHandler);
		app.get("/unset", (request, response) => {
			request.session = null as never;
			response.send("unset");
		});
		const other = fastify();
		void other.register(onFastify.session, options);
		other.get("/unset", async (request) => {
			request.session = null as never;
			return "unset";
		});
		const servers = [await listen(t, app), await listen(t, other)];
		for (const server of servers) {
			const browser = createBrowser(servers[0]!);
			await browser.ask("/");
			const cookie = `connect.sid=${browser.jar.get("connect.sid")}`;
			store.conduct = { destroy: "fails" };
			assert.equal((await server.get("/unset", { cookie })).status, 503);
			store.conduct = "well";
			assert.equal((await server.get("/unset", { cookie })).text, "unset");
			assert.equal(store.data.size, 0);
		}
	});

	test("a session of one framework is read by the other", async (t) => {
		fresh(t);
		const store = createTestStore();
		const options = { secret: SECRET, store, cookie: { secure: false } } as const;
		const app = express5();
		app.use(onExpress.session(options));
		app.get("/", write as RequestHandler);
		const other = fastify();
		void other.register(onFastify.session, options);
		other.get("/", async (request) => String((request.session as unknown as { views: number }).views++));
		const [first, second] = [await listen(t, app), await listen(t, other)];
		const browser = createBrowser(first);
		await browser.ask("/");
		const cookie = `connect.sid=${browser.jar.get("connect.sid")}`;
		assert.equal((await second.get("/", { cookie })).text, "1");
		assert.equal((await browser.ask("/")).text, "3");
	});

	test("steps aside where the app keeps sessions, and wins over the room where it is mounted on the app", async (t) => {
		fresh(t);
		const log = captureLog();
		const app = express5();
		app.use(
			onExpress.productionReady({
				platform: "plain",
				session: { secret: SECRET },
				logging: { logger: log.logger },
			}),
		);
		app.use(onExpress.session({ secret: SECRET, name: "part.sid" }));
		app.get("/", write as RequestHandler);
		const server = await listen(t, app, log);
		assert.equal(cookiesOf(await server.get("/"))[0]!.name, "part.sid");
		await server.line({ code: "PART_STANDS_DOWN" });
	});

	test("refuses in production what the room refuses", (t) => {
		fresh(t, { NODE_ENV: "production", SESSION_SECRET: undefined });
		const faults = (options?: object): string[] => {
			try {
				onExpress.session(options);
			} catch (error) {
				assert.ok(error instanceof ProductionReadyError);
				return error.faults.map(({ code, at }) => `${code} ${at}`);
			}
			return [];
		};
		assert.deepEqual(faults(), ["ENV_MISSING SESSION_SECRET"]);
		assert.deepEqual(faults({ secret: "keyboard cat" }), ["ENV_WEAK_SECRET session.secret"]);
		assert.deepEqual(faults({ secret: SECRET }), []);
		assert.deepEqual(faults({ secret: [] }), ["OPTION_INVALID session.secret"]);
		const wrong = { secret: SECRET, unset: "detroy", genid: "no" };
		assert.deepEqual(faults(wrong), ["OPTION_INVALID session.unset", "OPTION_INVALID session.genid"]);
	});
});

test("N142: a worker of a cluster does not keep sessions in its memory, unless somebody says why it may", async () => {
	const boot = (more: string): ReturnType<typeof runProgram> =>
		runProgram(
			`import cluster from "node:cluster";
			import { productionReady } from "@production-ready/express";
			cluster.isWorker = true;
			productionReady({ platform: "plain", logging: false, session: { secret: "${SECRET}" ${more} } });
			console.log("up");
			process.exit();`,
			{ NODE_ENV: "production" },
		);
	const refused = await boot("");
	assert.match(refused.stderr, /MEMORY_STORE/);
	assert.doesNotMatch(refused.stderr, new RegExp(SECRET));
	assert.match((await boot(', allowMemoryStore: "sticky balancer"')).stdout, /^up/m);
});
