import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import {
	ask,
	checkTypes,
	copyPackagesInto,
	createProject,
	nodeOf,
	OLDEST_NODE,
	type Program,
	startProgram,
	TYPESCRIPT_BEFORE,
} from "./consumer.ts";
import { packAll } from "./tarballs.ts";

let directory: string;
let express4: string;
let express5: string;
let fastify: string;
let strictExpress: string;
let strictFastify: string;

before(async () => {
	directory = await mkdtemp(join(tmpdir(), "production-ready-consumers-"));
	const tarballs = await packAll(directory);
	const pick = (...names: string[]) =>
		tarballs.filter(({ manifest }) => names.some((name) => manifest.name === `@production-ready/${name}`));
	// One after the other: npm does not share its cache well with itself.
	express4 = await createProject(directory, pick("core", "express"), {
		consumer: "express4",
		type: "commonjs",
		packages: ["express4"],
		installFlags: ["--ignore-scripts"],
	});
	express5 = await createProject(directory, pick("core", "express"), {
		consumer: "express5",
		type: "module",
		packages: ["express", "@types/express", "@types/node", "pino-http", TYPESCRIPT_BEFORE],
	});
	fastify = await createProject(directory, pick("core", "fastify"), {
		consumer: "fastify",
		type: "module",
		packages: ["fastify", "@types/node"],
	});
	strictExpress = await createProject(directory, pick("core", "express"), {
		consumer: "express5",
		type: "module",
		packages: ["express", "@types/express", "@types/node", "pino-http"],
		isStrict: true,
	});
	strictFastify = await createProject(directory, pick("core", "fastify"), {
		consumer: "fastify",
		type: "module",
		packages: ["fastify", "@types/node"],
		isStrict: true,
	});
	await copyPackagesInto(express5, "plugin");
});

after(() => rm(directory, { recursive: true, force: true }));

/** Starts a program, hands it over, and whatever happens leaves no process behind. */
async function whileRunning(
	cwd: string,
	args: readonly string[],
	use: (program: Program) => Promise<void>,
	node?: string,
): Promise<void> {
	const program = await startProgram(cwd, args, node);
	try {
		await use(program);
	} catch (error) {
		throw new Error(`${args.join(" ")} wrote:\n${program.output()}`, { cause: error });
	} finally {
		program.kill();
	}
}

/** What every app of ours does, whatever the framework and the kind of module. */
async function checkServer(cwd: string, args: readonly string[], node?: string): Promise<void> {
	async function check(program: Program): Promise<void> {
		const { status, headers, text } = await ask(program, "/");
		assert.equal(status, 200);
		const { id, fromContext } = JSON.parse(text) as { id: string; fromContext: string };
		assert.match(id, /^[\w-]{16,}$/);
		assert.equal(fromContext, id);
		assert.equal(headers.get("x-request-id"), id);
		assert.equal(headers.get("x-content-type-options"), "nosniff");
		assert.match(headers.get("content-security-policy") ?? "", /default-src 'none'/);
		assert.match(headers.get("ratelimit") ?? "", /r=299/);
		assert.equal(headers.get("x-powered-by"), null);
		assert.match(program.output(), new RegExp(`"requestId":"${id}".*"a line of the program"`));

		const fault = await ask(program, "/fault");
		assert.equal(fault.status, 500);
		assert.match(fault.headers.get("content-type") ?? "", /^application\/problem\+json/);
		assert.doesNotMatch(fault.text, /detail that clients/);
		assert.equal((await ask(program, "/livez")).status, 200);
		assert.equal((await ask(program, "/readyz")).status, 200);

		// The connections of these requests are still open.
		const { code, signal, output } = await program.stop();
		assert.deepEqual({ code, signal }, { code: 0, signal: null });
		assert.match(output, /^the pool is closed$/m);
		// Node's own word on `require` of a module, which later ones of the same line no longer say.
		assert.doesNotMatch(
			output.replace(/ExperimentalWarning: (?:CommonJS module|Support for loading)/, ""),
			/Warning/,
		);
	}
	await whileRunning(cwd, args, check, node);
}

describe("an app that has installed the tarballs", () => {
	it("in CommonJS with Express 4, installed without scripts", () => checkServer(express4, ["server.js"]));

	it("in ESM with Express 5", () => checkServer(express5, ["server.js"]));

	it("in ESM with Fastify, whose plugin is not awaited", () => checkServer(fastify, ["server.js"]));

	it("in CommonJS with Fastify, by the factory", () => checkServer(fastify, ["create-app.cjs"]));

	it("with Express, where packages find only what they declare", () =>
		checkServer(strictExpress, ["server.js"]));

	it("with Fastify, where packages find only what they declare", () =>
		checkServer(strictFastify, ["server.js"]));

	it(`on Node ${OLDEST_NODE}, the oldest that the packages say they run on`, async () => {
		const node = await nodeOf(OLDEST_NODE);
		await checkServer(express4, ["server.js"], node);
		await checkServer(express5, ["server.js"], node);
		await checkServer(fastify, ["server.js"], node);
	});
});

describe("the bootstrap", () => {
	for (const flag of ["--import", "--require"]) {
		it(`serves a program that knows nothing of it, by ${flag}`, () =>
			whileRunning(express5, [flag, "@production-ready/core/bootstrap", "plain-http.js"], async (program) => {
				const { status, headers, text } = await ask(program, "/");
				assert.deepEqual({ status, text }, { status: 200, text: "plain" });
				assert.match(headers.get("keep-alive") ?? "", /^timeout=65/);
				const { code, signal, output } = await program.stop();
				assert.deepEqual({ code, signal }, { code: 0, signal: null });
				assert.match(output, /"requestId":".+"request completed"/);
				assert.match(output, /"shutdown complete"/);
			}));
	}
});

describe("two copies of the packages in one process", () => {
	it("share one set of handlers, one request and one shutdown", () =>
		whileRunning(express5, ["two-copies.js"], async (program) => {
			const { status, headers, text } = await ask(program, "/");
			assert.equal(status, 200);
			const seen = JSON.parse(text) as { copies: number; listeners: number[]; ids: string[] };
			const id = headers.get("x-request-id");
			assert.deepEqual(seen, { copies: 2, listeners: [1, 1, 1, 1], ids: [id, id, id] });
			assert.match(headers.get("ratelimit") ?? "", /r=299/);
			const { code, signal, output } = await program.stop();
			assert.deepEqual({ code, signal }, { code: 0, signal: null });
			// Closers run last in, first out, whichever copy was told of them.
			assert.match(output, /^the plugin's cache is closed$[\s\S]*^the pool is closed$/m);
			assert.equal(output.split('"shutdown started"').length - 1, 1, "shutdowns started");
			assert.equal(output.split('"request completed"').length - 1, 1, "lines about the request");
		}));
});

describe("the types", () => {
	it("fit an Express app under nodenext, with every .d.ts checked, from .ts and .cts and beside pino-http", () =>
		checkTypes(express5, "tsconfig.nodenext.json"));

	it("fit an Express app that is bundled, with an older library of types", () =>
		checkTypes(express5, "tsconfig.bundler.json"));

	it("fit an Express app whose packages find only what they declare", () =>
		checkTypes(strictExpress, "tsconfig.nodenext.json"));

	it(`fit an Express app that is still built by ${TYPESCRIPT_BEFORE}`, () =>
		checkTypes(express5, "tsconfig.nodenext.json", join(express5, "node_modules/typescript")));

	it("fit a Fastify app under nodenext, with every .d.ts checked, from .ts and .cts", () =>
		checkTypes(fastify, "tsconfig.nodenext.json"));

	it("fit a Fastify app that is bundled, with an older library of types", () =>
		checkTypes(fastify, "tsconfig.bundler.json"));
});
